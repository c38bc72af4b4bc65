/** Step Functions' errors in Step Functions' words. */
import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidArn,
  InvalidDefinition,
  InvalidExecutionInput,
  InvalidName,
  InvalidToken,
  ResourceNotFound,
  StateMachineAlreadyExists,
  StateMachineDoesNotExist,
  StateMachineTypeNotSupported,
  TooManyTags,
} from "@aws-sdk/client-sfn";
import type { Problem } from "../../../engine/state-machine/read-definition.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";

const $metadata = {};

export const noMachine = (arn: string) => new StateMachineDoesNotExist({ message: `State Machine Does Not Exist: '${arn}'`, $metadata });
export const machineExists = (arn: string) =>
  new StateMachineAlreadyExists({ message: `State Machine Already Exists: '${arn}'`, $metadata });
export const noExecution = (arn: string) => new ExecutionDoesNotExist({ message: `Execution Does Not Exist: '${arn}'`, $metadata });
export const executionExists = (arn: string) => new ExecutionAlreadyExists({ message: `Execution Already Exists: '${arn}'`, $metadata });
export const invalidArn = (arn: string) => new InvalidArn({ message: `Invalid Arn: '${arn}'`, $metadata });
export const invalidName = (name: string) => new InvalidName({ message: `Invalid Name: '${name}'`, $metadata });
export const invalidToken = () => new InvalidToken({ message: "Invalid Token", $metadata });
export const invalidInput = (why: string) =>
  new InvalidExecutionInput({ message: `Invalid State Machine Execution Input: '${why}'`, $metadata });
export const noResource = (arn: string) => new ResourceNotFound({ message: `Resource not found: '${arn}'`, resourceName: arn, $metadata });
export const tooManyTags = (arn: string) => new TooManyTags({ message: "A resource has at most 50 tags", resourceName: arn, $metadata });
export const noExpress = () =>
  new StateMachineTypeNotSupported({ message: "The local platform runs state machines of type STANDARD only", $metadata });
/** What the API has and this platform does not. */
export const unsupported = (what: string) => new AwsFault("ValidationException", `The local platform does not have ${what}`);

/** All that is wrong with a definition, in one error. */
export function invalidDefinition(problems: readonly Problem[]): InvalidDefinition {
  const told = problems.map(({ code, message, location }) => `${code}: ${message} at ${location}`).join(", ");
  return new InvalidDefinition({ message: `Invalid State Machine Definition: '${told}'`, $metadata });
}
