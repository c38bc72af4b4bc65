/** The alarms that a deployment is watched by: only one with `deployment.monitor` loads this client. */
import { CloudWatchClient, DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type Alarms = ReturnType<typeof connectAlarms>;

export function connectAlarms(connection: Connection) {
  const cloudWatch = new CloudWatchClient(clientSettings(connection));
  return {
    cloudWatch: operations(cloudWatch, { describeAlarms: DescribeAlarmsCommand }),
    close: () => cloudWatch.destroy(),
  };
}
