/** IAM's pages: `Marker`, `MaxItems`, `IsTruncated`. */
import { AwsFault } from "../../gateway/aws-fault.ts";
import { pageOf } from "../page.ts";

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** `items` in order of their keys. */
export function markerPage<Item>(items: readonly Item[], keyOf: (item: Item) => string, { Marker, MaxItems = 100 }: PageInput) {
  const page = pageOf(items, keyOf, MaxItems, Marker, () => {
    throw new AwsFault("ValidationError", "Invalid Marker.");
  });
  return { items: page.items, truncation: { IsTruncated: page.nextToken !== undefined, Marker: page.nextToken } };
}
