/** `Step Functions Execution Status Change`: an execution that began or ended, in the words of the event. */
import type { JsonObject } from "../../../kit/json.ts";
import type { EmittedEvent } from "../eventbridge/event-bus.ts";
import type { ExecutionRecord } from "./records.ts";

/** `time`: wall time, ms. */
export function executionEvent({ executionArn, machineArn, name, input, state }: ExecutionRecord, time: number): EmittedEvent {
  const { status, startDate, stopDate = null, output, error = null, cause = null } = state;
  const detail: JsonObject = {
    ...{ executionArn, stateMachineArn: machineArn, name, status, startDate, stopDate, input },
    ...{ output: output === undefined ? null : JSON.stringify(output), error, cause },
    inputDetails: { included: true },
    outputDetails: output === undefined ? null : { included: true },
  };
  return { source: "aws.states", detailType: "Step Functions Execution Status Change", detail, resources: [executionArn], time };
}
