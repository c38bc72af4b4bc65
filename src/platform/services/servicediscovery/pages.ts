import { InvalidInput } from "@aws-sdk/client-servicediscovery";

/** One page of a list; the token is the place of the next item. */
export function page<Item>(
  items: readonly Item[],
  token: string | undefined,
  most = 100,
): { items: Item[]; nextToken: string | undefined } {
  const start = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(start) || start < 0) throw new InvalidInput({ message: "The NextToken is not valid.", $metadata: {} });
  const end = start + most;
  return { items: items.slice(start, end), nextToken: end < items.length ? String(end) : undefined };
}
