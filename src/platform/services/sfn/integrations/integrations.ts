/**
 * The resources that a Task can have here: ECS, SQS, SNS and Step Functions in their optimized forms, and every
 * operation of the platform as `arn:aws:states:::aws-sdk:<service>:<operation>`. Errors are named as AWS names them:
 * `ECS.ClusterNotFoundException` from an optimized integration, `Ecs.ClusterNotFoundException` from an SDK's.
 */
import { isObject, type Json, type JsonObject } from "../../../../kit/json.ts";
import { errorCode } from "../../error-code.ts";
import { callIntegrated, capitalised, integratedService, withKeys } from "../../sdk-integration.ts";
import { type Integration, IntegrationFailure } from "./integration.ts";
import { runTask, runTaskSync } from "./run-task.ts";

interface Optimized {
  readonly run: Integration;
  /** Before the error's own name. */
  readonly errors: string;
}

/** What SQS and SNS take as text, a machine may give as JSON. */
function withText(parameters: JsonObject, member: string): JsonObject {
  const value = parameters[member];
  return value === undefined || typeof value === "string" ? parameters : { ...parameters, [member]: JSON.stringify(value) };
}

const viaSdk =
  (service: string, action: string, member: string): Integration =>
  async (parameters, { call, region }) => {
    const name = integratedService(service);
    if (name === undefined) throw new IntegrationFailure("States.Runtime", `the local platform has no service ${service}`);
    return callIntegrated(call, name, action, withText(parameters, member), region);
  };

/** Named by the act, so that a repeated attempt starts nothing twice. */
const startExecution: Integration = async (parameters, { call, region, token }) => {
  const { StateMachineArn, Name, Input = {} } = parameters;
  const input = typeof Input === "string" ? Input : JSON.stringify(Input);
  const answer = await call(
    "sfn",
    "StartExecution",
    { stateMachineArn: text(StateMachineArn), name: text(Name) ?? token, input },
    { region },
  );
  return withKeys(answer, capitalised);
};

const optimized: Readonly<Record<string, Optimized>> = {
  "ecs:runTask": { run: runTask, errors: "ECS" },
  "ecs:runTask.sync": { run: runTaskSync, errors: "ECS" },
  "sqs:sendMessage": { run: viaSdk("sqs", "sendMessage", "MessageBody"), errors: "SQS" },
  "sns:publish": { run: viaSdk("sns", "publish", "Message"), errors: "SNS" },
  "states:startExecution": { run: startExecution, errors: "StepFunctions" },
};

/** The integration a resource names, or undefined when there is none here. */
export function integrationOf(resource: string): Integration | undefined {
  const words = /^arn:aws[\w-]*:states:::(.+)$/.exec(resource)?.[1] ?? "";
  if (Object.hasOwn(optimized, words)) {
    const { run, errors } = optimized[words] as Optimized;
    const [service = ""] = words.split(":");
    return integratedService(service === "states" ? "sfn" : service) === undefined ? undefined : named(run, errors, "");
  }
  const [, service = "", action = ""] = /^aws-sdk:([a-z0-9]+):([a-z]\w*)$/.exec(words) ?? [];
  const name = integratedService(service);
  if (name === undefined) return undefined;
  // The SDK for Java, which Step Functions is written with, ends every error's name so.
  return named((parameters, { call, region }) => callIntegrated(call, name, action, parameters, region), capitalised(service), "Exception");
}

function named(run: Integration, prefix: string, ending: string): Integration {
  return async (parameters, work) => {
    try {
      return await run(parameters, work);
    } catch (fault) {
      if (fault instanceof IntegrationFailure || work.signal.aborted || !(fault instanceof Error)) throw fault;
      const code = errorCode(fault);
      throw new IntegrationFailure(`${prefix}.${code}${code.endsWith(ending) ? "" : ending}`, fault.message);
    }
  };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A Task's parameters as integrations take them; anything but an object is none. */
export function parametersOf(value: Json): JsonObject {
  return isObject(value) ? value : {};
}
