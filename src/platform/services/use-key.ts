/** Whether an AWS service may use the KMS key that a queue or topic is encrypted with. Nothing is encrypted; the permission counts. */
import { policyAllows } from "../../engine/policy/resource-policy.ts";
import type { Call } from "../gateway/operations.ts";
import { UndeliverableError } from "./delivery-queue.ts";
import { errorCode } from "./error-code.ts";
import { accessOf, type Sender } from "./sender.ts";

/** What a service needs to put something into an encrypted queue or topic. */
const ACTIONS = ["kms:GenerateDataKey", "kms:Decrypt"];

/**
 * Rejects with `UndeliverableError` when the key is not there, is switched off, or its policy does not let the sender use it.
 * `keyId`: id, ARN or alias, as the queue or topic has it; absent when it has none. AWS's own keys (`alias/aws/…`) let no other
 * service in: the silent failure that this is here to show.
 */
export async function mustBeAllowedToUseKey(call: Call, sender: Sender, keyId: string | undefined, region: string): Promise<void> {
  if (!keyId) return;
  const refuse = (why: string) => new UndeliverableError("NO_PERMISSIONS", `${sender.service} cannot use the key ${keyId}: ${why}`);
  if (/(^|:)alias\/aws\//.test(keyId)) throw refuse("AWS's own keys let no other service in; take a customer managed key");
  try {
    const { KeyMetadata } = await call("kms", "DescribeKey", { KeyId: keyId }, { region });
    if (KeyMetadata?.KeyState !== "Enabled") throw refuse(`it is ${KeyMetadata?.KeyState}`);
    const { Policy } = await call("kms", "GetKeyPolicy", { KeyId: keyId }, { region });
    const missing = ACTIONS.find((action) => !policyAllows(Policy, accessOf(sender, action, KeyMetadata.Arn ?? "")));
    if (missing !== undefined) throw refuse(`its policy does not allow ${missing}`);
  } catch (failure) {
    if (errorCode(failure) === "NotFoundException") throw refuse("it does not exist");
    throw failure;
  }
}
