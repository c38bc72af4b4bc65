/** Carries an event to one kind of target, by the service in the target's ARN. */

import type { RunTaskRequest } from "@aws-sdk/client-ecs";
import type { Target } from "@aws-sdk/client-eventbridge";
import { isObject } from "../../../kit/json.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import { UndeliverableError } from "../delivery-queue.ts";
import { errorCode } from "../error-code.ts";
import { publishToTopic } from "../publish-to-topic.ts";
import { runTaskTarget } from "../run-task-target.ts";
import { sendToQueue } from "../send-to-queue.ts";
import type { Sender } from "../sender.ts";

export interface Handing {
  readonly call: Call;
  readonly sender: Sender;
  readonly target: Target;
  readonly ruleName: string;
  /** What the target is given of the event. */
  readonly input: string;
  /** Wall time, ms. */
  readonly now: number;
  /** The same for every attempt, so that a receiver with idempotency tokens acts once. */
  readonly token: string;
}

export type Receiver = (handing: Handing) => Promise<void>;

const toQueue: Receiver = ({ call, sender, target, input }) =>
  sendToQueue(call, sender, target.Arn ?? "", { body: input, groupId: target.SqsParameters?.MessageGroupId });

const toTopic: Receiver = ({ call, sender, target, input }) => publishToTopic(call, sender, target.Arn ?? "", { body: input });

const runTask: Receiver = ({ call, target, ruleName, input, token }) =>
  runTaskTarget(call, {
    region: regionOf(target),
    clusterArn: target.Arn ?? "",
    parameters: target.EcsParameters ?? { TaskDefinitionArn: undefined },
    overrides: overridesOf(input),
    startedBy: `events-rule/${ruleName}`,
    clientToken: token,
  });

/** An event that is passed as it is overrides nothing; what is made to be overrides does. */
function overridesOf(input: string): RunTaskRequest["overrides"] {
  const value: unknown = JSON.parse(input);
  if (!isObject(value)) return undefined;
  const known = ["containerOverrides", "cpu", "memory", "taskRoleArn", "executionRoleArn", "ephemeralStorage"];
  const entries = Object.entries(value).filter(([key]) => known.includes(key));
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as RunTaskRequest["overrides"]);
}

/** The execution is named by the delivery, so that a repeated one starts nothing twice. */
const startExecution: Receiver = ({ call, target, input, token }) => {
  const start = { stateMachineArn: target.Arn, name: token, input };
  return gone("StateMachineDoesNotExist", target, () => call("sfn", "StartExecution", start, { region: regionOf(target) }));
};

/** Each event is a stream of its own in the log group, as EventBridge does it. */
const toLogGroup: Receiver = async ({ call, target, input, now, token }) => {
  const logGroupName = (parseArn(target.Arn ?? "")?.resource ?? "").replace(/^log-group:/, "").replace(/:\*$/, "");
  const region = regionOf(target);
  const stream = { logGroupName, logStreamName: token };
  await gone("ResourceNotFoundException", target, async () => {
    try {
      await call("cloudwatch-logs", "CreateLogStream", stream, { region });
    } catch (failure) {
      if (errorCode(failure) !== "ResourceAlreadyExistsException") throw failure;
    }
    await call("cloudwatch-logs", "PutLogEvents", { ...stream, logEvents: [{ timestamp: now, message: input }] }, { region });
  });
};

async function gone(code: string, target: Target, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (failure) {
    if (errorCode(failure) === code) throw new UndeliverableError("NO_RESOURCE", `there is no ${target.Arn}`);
    throw failure;
  }
}

function regionOf({ Arn = "" }: Target): string {
  return parseArn(Arn)?.region ?? "";
}

export const receivers: Readonly<Record<string, Receiver>> = {
  ecs: runTask,
  logs: toLogGroup,
  sns: toTopic,
  sqs: toQueue,
  states: startExecution,
};
