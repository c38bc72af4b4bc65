/** What RunTask accepts (reference, section 9), and ECS's refusal of the rest. */
import type { RunTaskRequest, TaskOverride } from "@aws-sdk/client-ecs";
import type { TaskOverrides } from "../../../engine/service/task-state.ts";
import type { TaskDefinitionRecord } from "./ecs-state.ts";
import { requireFargateSize } from "./fargate-sizes.ts";
import { invalidParameter } from "./faults.ts";

const MOST_TASKS = 10;
const LONGEST_STARTED_BY = 128;
const LONGEST_CLIENT_TOKEN = 64;
const LONGEST_OVERRIDES = 8192;

/**
 * The limits that the API reference of RunTask names.
 * @throws InvalidParameterException
 */
export function checkRun({ count = 1, propagateTags, startedBy = "", clientToken = "", overrides }: RunTaskRequest): void {
  if (count < 1 || count > MOST_TASKS) throw invalidParameter("count must be between 1 and 10.");
  if (propagateTags === "SERVICE") throw invalidParameter("PropagateTags: SERVICE is not valid for RunTask.");
  if (startedBy.length > LONGEST_STARTED_BY) throw invalidParameter("startedBy must not be longer than 128 characters.");
  if (clientToken.length > LONGEST_CLIENT_TOKEN) throw invalidParameter("clientToken must not be longer than 64 characters.");
  if (overrides !== undefined && JSON.stringify(overrides).length > LONGEST_OVERRIDES) {
    throw invalidParameter("Container Overrides length must be at most 8192");
  }
}

/** The overrides of a run, or ECS's refusal. */
export function requireOverrides(input: TaskOverride | undefined, definition: TaskDefinitionRecord): TaskOverrides | undefined {
  if (input === undefined) return undefined;
  const containerOverrides = (input.containerOverrides ?? []).map(({ name, command, environment, cpu, memory, memoryReservation }) => {
    if (!definition.containerDefinitions?.some((container) => container.name === name)) {
      throw invalidParameter(`Override for container named ${name ?? ""} is not a container in the TaskDefinition.`);
    }
    return {
      name: name ?? "",
      ...(command === undefined ? {} : { command }),
      ...(environment === undefined
        ? {}
        : { environment: environment.map((pair) => ({ name: pair.name ?? "", value: pair.value ?? "" })) }),
      ...(cpu === undefined ? {} : { cpu }),
      ...(memory === undefined ? {} : { memory }),
      ...(memoryReservation === undefined ? {} : { memoryReservation }),
    };
  });
  const { taskRoleArn, executionRoleArn } = input;
  const resized = input.cpu !== undefined || input.memory !== undefined;
  const size = resized ? requireFargateSize(input.cpu ?? definition.cpu, input.memory ?? definition.memory) : {};
  return {
    containerOverrides,
    ...size,
    ...(taskRoleArn === undefined ? {} : { taskRoleArn }),
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
  };
}
