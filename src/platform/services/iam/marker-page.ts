/** IAM's pages: `Marker`, `MaxItems`, `IsTruncated`. */
import { pageOf } from "../page.ts";
import { invalidInput } from "./faults.ts";

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** `items` in order of their keys. */
export function markerPage<Item>(items: readonly Item[], keyOf: (item: Item) => string, { Marker, MaxItems = 100 }: PageInput) {
  const page = pageOf(items, keyOf, MaxItems, Marker, () => {
    throw invalidInput("Invalid Marker.");
  });
  return { items: page.items, truncation: { IsTruncated: page.nextToken !== undefined, Marker: page.nextToken } };
}
