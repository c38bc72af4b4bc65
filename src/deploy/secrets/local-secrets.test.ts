import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SmallGateway, smallGateway } from "../../../test/support/small-gateway.ts";
import { connectSecretStores, type SecretStores } from "../../aws/secret-stores.ts";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { loadManifests } from "../../manifest/load.ts";
import type { Tell } from "../events.ts";
import { prepareLocalSecrets } from "./local-secrets.ts";

const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  type: ecs
  secrets: [{name: USER, valueFrom: "secretsmanager:db:user"}, {name: PASSWORD, valueFrom: "secretsmanager:db:password"}]
`;

let gateway: SmallGateway;
let stores: SecretStores;
beforeEach(async () => {
  gateway = await smallGateway();
  stores = connectSecretStores({ endpoint: gateway.endpoint, region: "us-east-1", anyCredentials: true });
});
afterEach(async () => {
  stores.close();
  await gateway.close();
});

async function begin(lines: string) {
  const folder = temporaryFolder();
  await mkdir(join(folder, ".fsd"));
  writeFileSync(join(folder, ".fsd", "secrets.local.env"), lines, { mode: 0o600 });
  const { services } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: "local" });
  const told: Parameters<Tell>[0][] = [];
  const putInPlace = await prepareLocalSecrets(
    services.map((service) => ({ service, lookedUp: ["db"] })),
    folder,
    stores,
    (event) => told.push(event),
  );
  return { putInPlace, told };
}

const value = async (): Promise<unknown> =>
  JSON.parse((await stores.secretsManager.getSecretValue({ SecretId: "db" })).SecretString ?? "null");

describe("the secrets of a file", () => {
  it("are put in place only when that is called for, and what others wrote meanwhile stays", async () => {
    const first = await begin("USER=ada\nPASSWORD=one\n");
    await expect(value()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    expect(first.told).toEqual([]);
    await first.putInPlace();
    expect(await value()).toEqual({ user: "ada", password: "one" });

    const second = await begin("PASSWORD=two\n");
    const text = "the secret db gets a new value; tasks that run already keep the old one";
    expect(second.told).toEqual([{ type: "note", subject: "items", text }]);
    expect(await value()).toEqual({ user: "ada", password: "one" });
    await stores.secretsManager.putSecretValue({ SecretId: "db", SecretString: '{"user":"grace","password":"one"}' });
    await second.putInPlace();
    expect(await value()).toEqual({ user: "grace", password: "two" });
  });

  it("are judged before anything is written", async () => {
    await stores.secretsManager.createSecret({ Name: "db", SecretString: '{"user":"grace"}' });
    await expect(begin("USER=ada\n")).rejects.toMatchObject({ code: "FSD8005", message: expect.stringContaining("PASSWORD (items)") });
    expect(await value()).toEqual({ user: "grace" });
  });
});
