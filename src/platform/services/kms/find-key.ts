/** Finds the key that a caller names: by id, ARN, alias or alias ARN. */
import { DisabledException, KMSInvalidStateException, NotFoundException } from "@aws-sdk/client-kms";
import { formatArn, parseArn } from "../../../model/arn.ts";
import type { KeyRecord, KmsRecords } from "./records.ts";

export const notFound = (message: string) => new NotFoundException({ message, $metadata: {} });

/** `arn:aws:kms:eu-west-1:000000000000:key/<id>` */
export function keyArn({ region, keyId }: Pick<KeyRecord, "region" | "keyId">, account: string): string {
  return formatArn("kms", region, account, `key/${keyId}`);
}

/** A key whose waiting period is over is gone, aliases and all. */
export function mustFindKey(records: KmsRecords, given: string | undefined, region: string, now: number): KeyRecord {
  const named = parseArn(given ?? "")?.resource.replace(/^key\//, "") ?? given ?? "";
  const keyId = named.startsWith("alias/") ? records.aliases.get(`${region}/${named}`)?.keyId : named;
  const key = keyId === undefined ? undefined : records.keys.get(`${region}/${keyId}`);
  if (key === undefined) throw notFound(named.startsWith("alias/") ? `Alias ${given} is not found.` : `Key '${given}' does not exist`);
  if (key.deletionAt === undefined || key.deletionAt > now) return key;
  records.store.transaction(() => {
    for (const [name, alias] of records.aliases.entries(`${region}/`)) if (alias.keyId === key.keyId) records.aliases.delete(name);
    records.keys.delete(`${region}/${key.keyId}`);
  });
  throw notFound(`Key '${given}' does not exist`);
}

/** A key that may be used to encrypt and decrypt. */
export function mustFindUsable(records: KmsRecords, given: string | undefined, region: string, now: number, account: string): KeyRecord {
  const key = mustFindKey(records, given, region, now);
  const arn = keyArn(key, account);
  if (key.state === "Disabled") throw new DisabledException({ message: `${arn} is disabled.`, $metadata: {} });
  if (key.state === "PendingDeletion") throw invalidState(`${arn} is pending deletion.`);
  return key;
}

/** The fault for a key that is there, but disabled or pending deletion. */
export function invalidState(message: string): KMSInvalidStateException {
  return new KMSInvalidStateException({ message, $metadata: {} });
}
