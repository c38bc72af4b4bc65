/**
 * Pages of a list, as most AWS APIs give them. The token holds the key of the last item answered, so that what is
 * added or removed between two pages neither repeats nor hides another item.
 */
export interface Page<Item> {
  readonly items: Item[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/**
 * @param items in order of their keys (code units)
 * @param limit at most this many
 * @param token what the page before answered
 * @param invalidToken throws the service's own error for a token it never gave
 */
export function pageOf<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  limit: number,
  token: string | undefined,
  invalidToken: () => never,
): Page<Item> {
  const after = token === undefined ? undefined : decode(token);
  if (token !== undefined && after === undefined) invalidToken();
  const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) > after);
  if (start < 0) return { items: [] };
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  return start + limit < items.length && last !== undefined ? { items: page, nextToken: encode(keyOf(last)) } : { items: page };
}

function encode(key: string): string {
  return Buffer.from(`after:${key}`).toString("base64url");
}

function decode(token: string): string | undefined {
  const text = Buffer.from(token, "base64url").toString("utf8");
  return text.startsWith("after:") ? text.slice("after:".length) : undefined;
}
