/**
 * Texts whose value only CloudFormation knows in part. Between two private-use characters stands the name of a
 * pseudo parameter or template parameter, so that such a text passes through layers and defaults like any other and
 * synthesis turns it into `Fn::Sub`.
 */
const OPEN = "\ue000";
const CLOSE = "\ue001";
// Stands for the colon inside a mark, so that a mark in an ARN does not disturb its parts.
const COLON = "\ue002";
const MARK = new RegExp(`${OPEN}([^${CLOSE}]*)${CLOSE}`, "g");

/** A mark: `AWS::Region`, `Version`, `service:offer-api:url`, `ssm:/shared/url`. */
export function mark(name: string): string {
  return `${OPEN}${name.replaceAll(":", COLON)}${CLOSE}`;
}

export function hasMark(text: string): boolean {
  return text.includes(OPEN);
}

/** Plain parts and marks, in order. */
export function partsOf(text: string): ({ readonly plain: string } | { readonly mark: string })[] {
  const parts: ({ plain: string } | { mark: string })[] = [];
  let end = 0;
  for (const match of text.matchAll(MARK)) {
    if (match.index > end) parts.push({ plain: text.slice(end, match.index) });
    parts.push({ mark: (match[1] as string).replaceAll(COLON, ":") });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push({ plain: text.slice(end) });
  return parts;
}

/** The text as a person reads it: marks as `${…}`. */
export function readable(text: string): string {
  return partsOf(text)
    .map((part) => ("plain" in part ? part.plain : `\${${part.mark}}`))
    .join("");
}

/** Characters a text has at most once CloudFormation has filled it in: account 12, region 14, anything else 32. */
export function longest(text: string): number {
  return partsOf(text).reduce(
    (sum, part) =>
      sum + ("plain" in part ? part.plain.length : part.mark === "AWS::AccountId" ? 12 : part.mark === "AWS::Region" ? 14 : 32),
    0,
  );
}
