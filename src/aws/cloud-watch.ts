/** CloudWatch, for the few deployments that look at it: with `deployment.monitor`, or while one is paused. */
import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type CloudWatch = ReturnType<typeof connectCloudWatch>;

export function connectCloudWatch(connection: Connection) {
  const cloudWatch = new CloudWatchClient(clientSettings(connection));
  return {
    ...operations(cloudWatch, { describeAlarms: DescribeAlarmsCommand, getMetricData: GetMetricDataCommand }),
    close: () => cloudWatch.destroy(),
  };
}
