import { beforeEach, describe, expect, it } from "vitest";
import { RandomIds } from "../../../kit/ids.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { seal } from "../../persistence/seal.testing.ts";
import { secretsManagerProvider } from "./provider.ts";

const DAY_MS = 86_400_000;
let store: LibsqlStore;
let clock: VirtualClock;
let call: Call;

beforeEach(() => {
  store = new LibsqlStore(":memory:");
  clock = new VirtualClock(1_700_000_000_000);
  const ids = new RandomIds();
  const gateway = strictGateway(ids);
  gateway.mount("secrets-manager", secretsManagerProvider({ store, clock, ids, seal }));
  call = gateway.call;
});

const ask = <Operation extends OperationName<"secrets-manager">>(
  operation: Operation,
  input: OperationInput<"secrets-manager", Operation>,
) => call("secrets-manager", operation, input, { region: "eu-west-1" }) as Promise<OperationOutput<"secrets-manager", Operation>>;
const value = async (SecretId: string, more: { VersionStage?: string; VersionId?: string } = {}) =>
  (await ask("GetSecretValue", { SecretId, ...more })).SecretString;

describe("a secret", () => {
  it("is read by name, ARN and ARN without its suffix, and never lies open in the store", async () => {
    const { ARN = "" } = await ask("CreateSecret", { Name: "db/password", SecretString: "hunter2" });
    expect(ARN).toMatch(/^arn:aws:secretsmanager:eu-west-1:000000000000:secret:db\/password-[A-Za-z]{6}$/);
    for (const id of ["db/password", ARN, ARN.slice(0, -7)]) expect(await value(id)).toBe("hunter2");
    expect(JSON.stringify(store.collection("secrets-manager.secret").list())).not.toContain("hunter2");
    await ask("CreateSecret", { Name: "binary", SecretBinary: Buffer.from([0, 255]) });
    expect((await ask("GetSecretValue", { SecretId: "binary" })).SecretBinary).toEqual(Buffer.from([0, 255]));
  });

  it("is created once, though its creation be repeated with the same token", async () => {
    const request = { Name: "s", SecretString: "v", ClientRequestToken: "0123456789abcdef0123456789abcdef" };
    const first = await ask("CreateSecret", request);
    expect(await ask("CreateSecret", request)).toEqual(first);
    await expect(ask("CreateSecret", { ...request, SecretString: "w" })).rejects.toMatchObject({ name: "ResourceExistsException" });
    await expect(ask("CreateSecret", { Name: "s", SecretString: "v" })).rejects.toMatchObject({ name: "ResourceExistsException" });
  });

  it("keeps the value before, and lets stages move", async () => {
    const one = (await ask("CreateSecret", { Name: "s", SecretString: "1" })).VersionId ?? "";
    const two = (await ask("PutSecretValue", { SecretId: "s", SecretString: "2" })).VersionId ?? "";
    expect([await value("s"), await value("s", { VersionStage: "AWSPREVIOUS" })]).toEqual(["2", "1"]);
    await ask("PutSecretValue", { SecretId: "s", SecretString: "3", VersionStages: ["AWSPENDING"] });
    expect([await value("s"), await value("s", { VersionStage: "AWSPENDING" })]).toEqual(["2", "3"]);
    await ask("UpdateSecretVersionStage", { SecretId: "s", VersionStage: "AWSCURRENT", RemoveFromVersionId: two, MoveToVersionId: one });
    expect((await ask("DescribeSecret", { SecretId: "s" })).VersionIdsToStages).toMatchObject({
      [one]: ["AWSCURRENT"],
      [two]: ["AWSPREVIOUS"],
    });
    expect(await value("s", { VersionId: two })).toBe("2");
    await expect(value("s", { VersionStage: "MINE" })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "Secrets Manager can't find the specified secret value for staging label: MINE",
    });
  });

  it("can be restored within its window, and is gone after it", async () => {
    await ask("CreateSecret", { Name: "s", SecretString: "v" });
    await ask("DeleteSecret", { SecretId: "s", RecoveryWindowInDays: 7 });
    await expect(value("s")).rejects.toMatchObject({ name: "InvalidRequestException" });
    await expect(ask("CreateSecret", { Name: "s" })).rejects.toMatchObject({ name: "InvalidRequestException" });
    expect((await ask("ListSecrets", {})).SecretList).toEqual([]);
    await ask("RestoreSecret", { SecretId: "s" });
    expect(await value("s")).toBe("v");
    await ask("DeleteSecret", { SecretId: "s", RecoveryWindowInDays: 7 });
    clock.advanceBy(7 * DAY_MS);
    await expect(ask("RestoreSecret", { SecretId: "s" })).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await ask("CreateSecret", { Name: "s", SecretString: "new" });
    await ask("DeleteSecret", { SecretId: "s", ForceDeleteWithoutRecovery: true });
    await ask("CreateSecret", { Name: "s", SecretString: "newer" });
    expect(await value("s")).toBe("newer");
  });

  it("is listed by filter, newest first", async () => {
    for (const [Name, Key] of [
      ["fsd/a", "x"],
      ["fsd/b", "y"],
      ["other", "x"],
    ] as const) {
      await ask("CreateSecret", { Name, Tags: [{ Key, Value: "1" }] });
      clock.advanceBy(1000);
    }
    const names = async (Key: "name" | "tag-key", value: string) =>
      (await ask("ListSecrets", { Filters: [{ Key, Values: [value] }] })).SecretList?.map(({ Name }) => Name);
    expect(await names("name", "fsd/")).toEqual(["fsd/b", "fsd/a"]);
    expect(await names("tag-key", "x")).toEqual(["other", "fsd/a"]);
    expect(await names("name", "!fsd")).toEqual(["other"]);
  });
});

describe("a random password", () => {
  it("has one of each kind that is not excluded", async () => {
    const { RandomPassword = "" } = await ask("GetRandomPassword", {
      PasswordLength: 8,
      ExcludePunctuation: true,
      ExcludeCharacters: "0Oo",
    });
    expect(RandomPassword).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z1-9]{8}$/);
    expect(RandomPassword).not.toMatch(/[0Oo]/);
    await expect(ask("GetRandomPassword", { PasswordLength: 2 })).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});
