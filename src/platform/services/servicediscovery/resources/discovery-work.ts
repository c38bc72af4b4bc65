/** What Cloud Map's resource types share: the call, waiting for its operations, tags. */
import { ResourceFailure, type ResourceRequest } from "../../resource-type.ts";
import { caller, tagList, tagMap } from "../../resource-work.ts";

export const discovery = caller("servicediscovery");

/** Waits for an operation; answers the id of what it was about. */
export async function finished(
  request: ResourceRequest,
  OperationId: string | undefined,
  target: "NAMESPACE" | "SERVICE",
): Promise<string> {
  let id = "";
  await request.until(async () => {
    const { Operation } = await discovery(request)("GetOperation", { OperationId });
    if (Operation?.Status === "FAIL")
      throw new ResourceFailure(Operation.ErrorMessage ?? "The operation failed", "GeneralServiceException");
    id = Operation?.Targets?.[target] ?? "";
    return Operation?.Status === "SUCCESS";
  });
  return id;
}

export async function retag(request: ResourceRequest, ResourceARN: string): Promise<void> {
  const wanted = tagMap(request);
  const { Tags = [] } = await discovery(request)("ListTagsForResource", { ResourceARN });
  const stale = Tags.map(({ Key = "" }) => Key).filter((key) => !Object.hasOwn(wanted, key));
  if (stale.length > 0) await discovery(request)("UntagResource", { ResourceARN, TagKeys: stale });
  if (Object.keys(wanted).length > 0) await discovery(request)("TagResource", { ResourceARN, Tags: tagList(request) });
}
