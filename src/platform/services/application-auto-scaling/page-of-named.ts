/** Pages of what a scalable target has several of: its policies, its scheduled actions. */
import { type Page, pageOf } from "../page.ts";
import { invalidToken } from "./faults.ts";
import { policyKey, type TargetIdentity } from "./scaling-store.ts";

/**
 * @param records of one region, in order of their keys
 * @param names only these, if given
 * @param asked `ResourceId` leaves those of one target; 50 a page unless `MaxResults` says otherwise
 */
export function pageOfNamed<Item extends TargetIdentity & { readonly name: string }>(
  records: readonly Item[],
  names: readonly string[] | undefined,
  asked: { readonly ResourceId?: string | undefined; readonly MaxResults?: number | undefined; readonly NextToken?: string | undefined },
): Page<Item> {
  const matching = records.filter(
    ({ name, resourceId }) => (names?.includes(name) ?? true) && (asked.ResourceId === undefined || asked.ResourceId === resourceId),
  );
  return pageOf(matching, policyKey, asked.MaxResults ?? 50, asked.NextToken, invalidToken);
}
