import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { smallGateway } from "../../../test/support/small-gateway.ts";
import { type Aws, connectAws } from "../../aws/aws.ts";
import { connectSecretStores, type SecretStores } from "../../aws/secret-stores.ts";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { loadManifests } from "../../manifest/load.ts";
import { lookUpValues } from "./looked-up-values.ts";
import { ServiceRegistry } from "./service-registry.ts";

const manifest = `apiVersion: fsd/v1
kind: Service
metadata: {name: items}
service:
  secrets: [{name: OLD, valueFrom: "secretsmanager:old"}, {name: NEW, valueFrom: "secretsmanager:new"}]
`;

it("a secret of this machine is looked up once, and again only when it was not there before its file's value was put in place", async () => {
  const gateway = await smallGateway();
  onTestFinished(() => gateway.close());
  const connection = { endpoint: gateway.endpoint, region: "us-east-1", anyCredentials: true };
  const aws: Aws = connectAws(connection);
  onTestFinished(() => aws.close());
  const stores: SecretStores = connectSecretStores(connection);
  onTestFinished(() => stores.close());
  const asked: (string | undefined)[] = [];
  const describeSecret: typeof stores.secretsManager.describeSecret = (input) => {
    asked.push(input.SecretId);
    return stores.secretsManager.describeSecret(input);
  };
  const counted = { ...stores, secretsManager: { ...stores.secretsManager, describeSecret } };
  const cwd = temporaryFolder();
  mkdirSync(join(cwd, ".fsd"));
  writeFileSync(join(cwd, ".fsd", "secrets.local.env"), "OLD=one\nNEW=two\n", { mode: 0o600 });
  const { ARN: old } = await stores.secretsManager.createSecret({ Name: "old", SecretString: "one" });

  const { environment, services } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(manifest) }], { environment: "local" });
  if (environment === undefined) throw new Error("an environment was asked for");
  const tell = () => undefined;
  const registry = new ServiceRegistry(stores.ssm, environment, services, tell);
  const { foreseen, settle } = await lookUpValues(services, { aws, stores: counted, registry, environment, cwd, tell });
  expect(asked.sort()).toEqual(["new", "old"]);
  expect(Object.values(foreseen.get("items") ?? {}).sort()).toEqual(["a new secret new", old]);
  const settled = await settle();
  expect(asked.sort()).toEqual(["new", "new", "old"]);
  const { ARN: made } = await stores.secretsManager.describeSecret({ SecretId: "new" });
  expect(Object.values(settled.get("items") ?? {}).sort()).toEqual([made, old].sort());
});
