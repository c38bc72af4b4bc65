import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  IncorrectKeyException,
  InvalidCiphertextException,
  KMSClient,
  KMSInvalidStateException,
  ListAliasesCommand,
  ListKeysCommand,
  NotFoundException,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
} from "@aws-sdk/client-kms";
import { afterEach, beforeEach, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Listening } from "../../gateway/listen.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { seal } from "../../persistence/seal.testing.ts";
import { kmsProvider } from "./provider.ts";

const store = () => new LibsqlStore(":memory:");
const DAY = 86_400_000;
let kept: LibsqlStore;
let clock: VirtualClock;
let listening: Listening;
let client: KMSClient;

beforeEach(async () => {
  kept = store();
  clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const ids = new RandomIds();
  const gateway = strictGateway(ids);
  gateway.mount("kms", kmsProvider({ store: kept, clock, ids, seal }));
  listening = await gateway.listen(0);
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  client = new KMSClient({ endpoint: listening.endpoint, region: "eu-west-1", credentials, maxAttempts: 1 });
});
afterEach(async () => {
  client.destroy();
  await listening.close();
  kept.close();
});

const key = async (Description = ""): Promise<string> =>
  (await client.send(new CreateKeyCommand({ Description }))).KeyMetadata?.KeyId ?? "";
const encrypt = async (KeyId: string, text: string, EncryptionContext?: Record<string, string>): Promise<Uint8Array> =>
  (await client.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(text), EncryptionContext }))).CiphertextBlob ?? new Uint8Array();
const decrypt = async (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>, KeyId?: string): Promise<string> =>
  Buffer.from((await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }))).Plaintext ?? []).toString();

it("what a key encrypts it decrypts again, by the same context in any order, and by no other", async () => {
  const KeyId = await key();
  const sealed = await encrypt(KeyId, "a secret", { a: "1", b: "2" });
  expect(Buffer.from(sealed).includes("a secret")).toBe(false);
  expect(await decrypt(sealed, { b: "2", a: "1" })).toBe("a secret");
  await expect(decrypt(sealed, { a: "1" })).rejects.toBeInstanceOf(InvalidCiphertextException);
  const spoilt = Uint8Array.from(sealed, (byte, place) => (place === sealed.length - 1 ? byte ^ 1 : byte));
  await expect(decrypt(spoilt, { a: "1", b: "2" })).rejects.toBeInstanceOf(InvalidCiphertextException);
  await expect(decrypt(Buffer.from("nonsense"))).rejects.toBeInstanceOf(InvalidCiphertextException);
  await expect(decrypt(sealed, { a: "1", b: "2" }, await key())).rejects.toBeInstanceOf(IncorrectKeyException);
});

it("a data key comes in clear and sealed, and a ciphertext moves to another key", async () => {
  const [first, second] = [await key(), await key()];
  const { Plaintext = new Uint8Array(), CiphertextBlob } = await client.send(
    new GenerateDataKeyCommand({ KeyId: first, KeySpec: "AES_256" }),
  );
  expect(Plaintext).toHaveLength(32);
  const moved = await client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: second }));
  expect(moved.KeyId).toContain(second);
  const { Plaintext: opened } = await client.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, KeyId: second }));
  expect(Buffer.from(opened ?? [])).toEqual(Buffer.from(Plaintext));
});

it("the material is nowhere in the store in clear", async () => {
  await key();
  const [record] = kept.collection<{ material: string }>("kms.key").list();
  expect(Buffer.from(record?.material ?? "", "base64").length).toBeGreaterThan(44);
});

it("keys are described, found by alias, listed, rotated, and have policies", async () => {
  const KeyId = await key("for topics");
  await client.send(new CreateAliasCommand({ AliasName: "alias/topics", TargetKeyId: KeyId }));
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: "alias/topics" }));
  expect(KeyMetadata).toMatchObject({ KeyId, Description: "for topics", KeyState: "Enabled", KeyUsage: "ENCRYPT_DECRYPT" });
  expect((await client.send(new ListKeysCommand({}))).Keys).toEqual([{ KeyId, KeyArn: KeyMetadata?.Arn }]);
  expect((await client.send(new ListAliasesCommand({ KeyId }))).Aliases).toMatchObject([{ AliasName: "alias/topics", TargetKeyId: KeyId }]);
  await client.send(new EnableKeyRotationCommand({ KeyId }));
  expect(await client.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
    KeyRotationEnabled: true,
    RotationPeriodInDays: 365,
  });
  expect(JSON.parse((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy ?? "")).toMatchObject({
    Statement: [{ Action: "kms:*" }],
  });
  const Policy = JSON.stringify({ Statement: [] });
  await client.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  expect((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toBe(Policy);
  await expect(client.send(new PutKeyPolicyCommand({ KeyId, Policy: "x" }))).rejects.toThrow("not a valid policy document");
});

it("a key that is switched off encrypts nothing until it is on again", async () => {
  const KeyId = await key();
  const sealed = await encrypt(KeyId, "x");
  await client.send(new DisableKeyCommand({ KeyId }));
  await expect(decrypt(sealed)).rejects.toBeInstanceOf(DisabledException);
  await client.send(new EnableKeyCommand({ KeyId }));
  expect(await decrypt(sealed)).toBe("x");
});

it("a key that is to be deleted waits, comes back switched off, and is gone when its time is over", async () => {
  const KeyId = await key();
  const schedule = () => client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  expect((await schedule()).DeletionDate).toEqual(new Date(Date.UTC(2026, 0, 8)));
  await expect(encrypt(KeyId, "x")).rejects.toBeInstanceOf(KMSInvalidStateException);
  await client.send(new CancelKeyDeletionCommand({ KeyId }));
  expect((await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.KeyState).toBe("Disabled");
  await schedule();
  clock.advanceBy(7 * DAY);
  await expect(client.send(new DescribeKeyCommand({ KeyId }))).rejects.toBeInstanceOf(NotFoundException);
});

it("what is not there is refused by its own exception", async () => {
  await expect(encrypt("alias/none", "x")).rejects.toBeInstanceOf(NotFoundException);
  await expect(client.send(new CreateAliasCommand({ AliasName: "alias/aws/mine", TargetKeyId: await key() }))).rejects.toThrow(
    "reserved for AWS",
  );
  await expect(client.send(new CreateKeyCommand({ KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }))).rejects.toThrow(
    "has no RSA_2048 keys for SIGN_VERIFY",
  );
});
