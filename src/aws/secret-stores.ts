/** Where ECS reads secrets from, Secrets Manager and Parameter Store: only a deployment needs them, so only it loads these clients. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";
import { connectParameters } from "./parameters.ts";

export type SecretStores = ReturnType<typeof connectSecretStores>;

export function connectSecretStores(connection: Connection) {
  const settings = clientSettings(connection);
  const secretsManager = new SecretsManagerClient(settings);
  const ssm = connectParameters(connection);
  return {
    secretsManager: operations(secretsManager, {
      createSecret: CreateSecretCommand,
      describeSecret: DescribeSecretCommand,
      getSecretValue: GetSecretValueCommand,
      putSecretValue: PutSecretValueCommand,
    }),
    ssm,
    close: () => {
      secretsManager.destroy();
      ssm.close();
    },
  };
}
