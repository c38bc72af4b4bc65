/** Parameter Store, where environments keep what every machine that deploys there must know. Loaded only by the verbs that ask it. */
import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  PutParameterCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type Parameters = ReturnType<typeof connectParameters>;

export function connectParameters(connection: Connection) {
  const ssm = new SSMClient(clientSettings(connection));
  return {
    ...operations(ssm, {
      getParameter: GetParameterCommand,
      getParameterHistory: GetParameterHistoryCommand,
      getParametersByPath: GetParametersByPathCommand,
      putParameter: PutParameterCommand,
      deleteParameter: DeleteParameterCommand,
    }),
    close: () => ssm.destroy(),
  };
}
