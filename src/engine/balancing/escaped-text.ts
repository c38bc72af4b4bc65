/**
 * Text of a rule in the place of a URI's. What a rule says of paths and queries is not percent-encoded (API,
 * `RedirectActionConfig`), but a header can hold nothing else.
 */

/** Everything but visible ASCII as percent-encoded UTF-8: `/a b` → `/a%20b`. */
export function escapedText(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, (part) =>
    [...new TextEncoder().encode(part)].map((byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join(""),
  );
}
