/** Executions: started, described, listed, stopped, and their histories. */
import type { HistoryEvent as ApiEvent, HistoryEventType } from "@aws-sdk/client-sfn";
import type { HistoryEvent } from "../../../engine/state-machine/execution-state.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import type { ExecutionRunner } from "./execution-runner.ts";
import { executionExists, invalidInput, invalidToken } from "./faults.ts";
import { type ExecutionRecord, eventOf, executionPrefix, findExecution, type SfnRecords } from "./records.ts";
import { checkName, mustFindExecution, mustFindMachine, pageSize } from "./requests.ts";

export interface ExecutionDependencies {
  readonly records: SfnRecords;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly runner: Pick<ExecutionRunner, "begin" | "stop">;
}

const LARGEST_INPUT = 262_144;

export function executionOperations({ records, clock, ids, runner }: ExecutionDependencies): Operations<"sfn"> {
  return {
    StartExecution: ({ stateMachineArn = "", name = ids.uuid(), input = "{}" }) => {
      const machine = mustFindMachine(records, stateMachineArn);
      checkName(name);
      checkInput(input);
      const executionArn = `${executionPrefix(machine.arn)}${name}`;
      const known = findExecution(records, executionArn);
      // The same name and input answer an execution that still runs.
      if (known !== undefined && (known.state.status !== "RUNNING" || known.input !== input)) throw executionExists(executionArn);
      const { state } = known ?? runner.begin(machine, executionArn, name, input);
      return { executionArn, startDate: new Date(state.startDate) };
    },

    DescribeExecution: ({ executionArn = "" }) => {
      const execution = mustFindExecution(records, executionArn);
      const { status, output, error, cause, startDate, stopDate } = execution.state;
      return {
        ...{ executionArn, stateMachineArn: execution.machineArn, name: execution.name, status },
        startDate: new Date(startDate),
        ...(stopDate === undefined ? {} : { stopDate: new Date(stopDate) }),
        ...{ input: execution.input, inputDetails: { included: true } },
        ...(output === undefined ? {} : { output: JSON.stringify(output), outputDetails: { included: true } }),
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
        ...{
          redriveCount: 0,
          redriveStatus: "NOT_REDRIVABLE" as const,
          redriveStatusReason: "The local platform does not redrive executions",
        },
      };
    },

    /** Newest first. */
    ListExecutions: ({ stateMachineArn = "", statusFilter, maxResults, nextToken }) => {
      const prefix = executionPrefix(mustFindMachine(records, stateMachineArn).arn);
      const all = [...records.running.list(prefix), ...records.ended.list(prefix)]
        .filter(({ state }) => statusFilter === undefined || state.status === statusFilter)
        .map((execution) => ({ execution, key: keyOf(execution) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1));
      const page = pageOf(
        all,
        ({ key }) => key,
        pageSize(maxResults),
        nextToken,
        () => {
          throw invalidToken();
        },
      );
      return {
        executions: page.items.map(({ execution: { executionArn, machineArn, name, state } }) => ({
          ...{ executionArn, stateMachineArn: machineArn, name, status: state.status },
          startDate: new Date(state.startDate),
          ...(state.stopDate === undefined ? {} : { stopDate: new Date(state.stopDate) }),
          redriveCount: 0,
        })),
        nextToken: page.nextToken,
      };
    },

    StopExecution: ({ executionArn = "", error, cause }) => {
      mustFindExecution(records, executionArn);
      runner.stop(executionArn, { error, cause });
      return { stopDate: new Date(findExecution(records, executionArn)?.state.stopDate ?? clock.now()) };
    },

    GetExecutionHistory: ({ executionArn = "", maxResults, reverseOrder = false, includeExecutionData = true, nextToken }) => {
      mustFindExecution(records, executionArn);
      const limit = pageSize(maxResults);
      const at = nextToken === undefined ? undefined : Number(nextToken);
      if (at !== undefined && !Number.isInteger(at)) throw invalidToken();
      const range = reverseOrder
        ? { newestFirst: true, ...(at === undefined ? {} : { before: at }) }
        : at === undefined
          ? {}
          : { from: at };
      const lines = records.history.read(executionArn, { ...range, limit: limit + 1 });
      const events = lines.slice(0, limit).map((line) => shown(eventOf(line), includeExecutionData));
      const last = lines[limit - 1];
      const more = lines.length > limit && last !== undefined ? String(reverseOrder ? last.sequence : last.sequence + 1) : undefined;
      return { events, nextToken: more };
    },
  };
}

/** Ascending as executions get older. */
function keyOf({ executionArn, state }: ExecutionRecord): string {
  return `${String(1e15 - state.startDate).padStart(16, "0")}${executionArn}`;
}

function checkInput(input: string): void {
  if (input.length > LARGEST_INPUT) throw invalidInput("it is larger than 256 KiB");
  try {
    JSON.parse(input);
  } catch (error) {
    throw invalidInput((error as Error).message);
  }
}

function shown({ id, previousEventId, type, at, details = {} }: HistoryEvent, withData: boolean): ApiEvent {
  return { id, previousEventId, type: type as HistoryEventType, timestamp: new Date(at), ...(withData ? details : withoutData(details)) };
}

const dataMembers: ReadonlySet<string> = new Set(["input", "output", "parameters", "inputDetails", "outputDetails", "cause"]);

function withoutData(details: NonNullable<HistoryEvent["details"]>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(details).map(([member, value]) => [
      member,
      Object.fromEntries(Object.entries(value as Record<string, unknown>).filter(([name]) => !dataMembers.has(name))),
    ]),
  );
}
