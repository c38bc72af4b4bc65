/** What starts jobs: EventBridge Scheduler and Step Functions. Only verbs that meet a job load these clients. */
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { type Connection, clientSettings } from "./aws.ts";
import { operations } from "./operations.ts";

export type JobServices = ReturnType<typeof connectJobServices>;

export function connectJobServices(connection: Connection) {
  const settings = clientSettings(connection);
  const scheduler = new SchedulerClient(settings);
  const sfn = new SFNClient(settings);
  return {
    scheduler: operations(scheduler, { getSchedule: GetScheduleCommand, listSchedules: ListSchedulesCommand }),
    sfn: operations(sfn, {
      describeExecution: DescribeExecutionCommand,
      getExecutionHistory: GetExecutionHistoryCommand,
      listExecutions: ListExecutionsCommand,
      startExecution: StartExecutionCommand,
      stopExecution: StopExecutionCommand,
    }),
    close: () => {
      scheduler.destroy();
      sfn.destroy();
    },
  };
}
