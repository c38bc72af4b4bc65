/** Application Auto Scaling's exceptions with its words, and how its requests name a target. */
import {
  InvalidNextTokenException,
  ObjectNotFoundException,
  ResourceNotFoundException,
  ValidationException,
} from "@aws-sdk/client-application-auto-scaling";
import { type ScalingStore, serviceOf, type TargetIdentity, type TargetRecord } from "./scaling-store.ts";

const DIMENSION = "ecs:service:DesiredCount";

const options = (message: string) => ({ message, Message: message, $metadata: {} });

export const validation = (message: string): ValidationException => new ValidationException(options(message));
export const objectNotFound = (message: string): ObjectNotFoundException => new ObjectNotFoundException(options(message));
export const resourceNotFound = (arn: string): ResourceNotFoundException =>
  new ResourceNotFoundException({ ...options(`Resource not found: ${arn}`), ResourceName: arn });

export function invalidToken(): never {
  throw new InvalidNextTokenException(options("The next token supplied was invalid."));
}

export interface TargetInput {
  readonly ServiceNamespace?: string | undefined;
  readonly ResourceId?: string | undefined;
  readonly ScalableDimension?: string | undefined;
}

/** Which service a request is about; this platform scales the desired count of ECS services and nothing else. */
export function identityOf(input: TargetInput, region: string): TargetIdentity {
  requireEcs(input);
  const resourceId = input.ResourceId ?? "";
  if (input.ScalableDimension !== DIMENSION || serviceOf(resourceId) === undefined) throw unsupported();
  return { region, resourceId };
}

/** Refuses a namespace or dimension that is not ECS's. */
export function requireEcs({ ServiceNamespace, ScalableDimension }: TargetInput): void {
  if (ServiceNamespace !== "ecs" || (ScalableDimension !== undefined && ScalableDimension !== DIMENSION)) throw unsupported();
}

function unsupported(): ValidationException {
  return validation("Unsupported service namespace, resource type or scalable dimension");
}

export function requireTarget(store: ScalingStore, input: TargetInput, region: string): TargetRecord {
  const identity = identityOf(input, region);
  const target = store.target(identity);
  if (target === undefined) throw objectNotFound(`No scalable target found for ${describeIdentity(identity)}`);
  return target;
}

export function describeIdentity({ resourceId }: TargetIdentity): string {
  return `service namespace: ecs, resource ID: ${resourceId}, scalable dimension: ${DIMENSION}`;
}

/** The three fields every description of a target, policy, action or activity opens with. */
export function describeTarget({ resourceId }: TargetIdentity) {
  return { ServiceNamespace: "ecs" as const, ResourceId: resourceId, ScalableDimension: "ecs:service:DesiredCount" as const };
}
