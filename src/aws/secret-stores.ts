/** Where ECS reads secrets from, Secrets Manager and Parameter Store: only a deployment needs them, so only it loads these clients. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type SecretStores = ReturnType<typeof connectSecretStores>;

export function connectSecretStores(connection: Connection) {
  const settings = clientSettings(connection);
  const secretsManager = new SecretsManagerClient(settings);
  const ssm = new SSMClient(settings);
  return {
    secretsManager: operations(secretsManager, {
      createSecret: CreateSecretCommand,
      describeSecret: DescribeSecretCommand,
      getSecretValue: GetSecretValueCommand,
      putSecretValue: PutSecretValueCommand,
    }),
    ssm: operations(ssm, { getParameter: GetParameterCommand, putParameter: PutParameterCommand }),
    close: () => {
      secretsManager.destroy();
      ssm.destroy();
    },
  };
}
