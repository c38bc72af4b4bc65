import { validationError } from "./faults.ts";

/** A page of a listing: `Marker` is the place to go on at. Sizes are 1–400, 400 when not given. */
export function page<Item>(
  items: readonly Item[],
  { Marker, PageSize }: { readonly Marker?: string | undefined; readonly PageSize?: number | undefined },
): { readonly items: Item[]; readonly NextMarker: string | undefined } {
  const size = PageSize ?? 400;
  if (size < 1 || size > 400)
    throw validationError(`1 validation error detected: Value '${size}' at 'pageSize' failed to satisfy constraint`);
  const from = Marker === undefined || Marker === "" ? 0 : Number(Buffer.from(Marker, "base64url").toString());
  if (!Number.isInteger(from) || from < 0) throw validationError("Invalid marker");
  const next = from + size;
  return { items: items.slice(from, next), NextMarker: next < items.length ? Buffer.from(String(next)).toString("base64url") : undefined };
}
