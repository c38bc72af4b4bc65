/**
 * A CloudFormation resource type of the local platform. It lives with its service and does its work by calling that
 * service's own operations, so that a stack and a client of the API meet the same validation and the same state.
 */
import type { ResourceSchema } from "../../engine/stack/resource-schema.ts";
import type { Json, JsonObject } from "../../kit/json.ts";
import type { Call } from "../gateway/operations.ts";

/** Properties as a template holds them once every intrinsic is resolved and every scalar has its schema's type. */
export type Properties = JsonObject;
export type { Json };

export interface ResourceRequest {
  readonly logicalId: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly account: string;
  readonly region: string;
  readonly properties: Properties;
  /** The stack's tags plus `aws:cloudformation:*`, to be propagated by types that take tags. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * 32 hexadecimal digits, the same for every attempt at the same act, also after a crash: use it as client token,
   * and derive generated names from it (`generatedName`), so that a repeated create adopts what the first one made.
   */
  readonly token: string;
  /** An earlier attempt at this act was cut off by the end of the process; what it made is adopted. */
  readonly isRepeated: boolean;
  /** Physical ids already known for this logical resource; a create that replaces finds the one it replaces here. */
  readonly recorded: readonly string[];
  readonly call: Call;
  /** Tells the id of what was made as soon as there is one, before it is stable: what fails later can then be removed. */
  readonly initiated: (made: ResourceState) => void;
  /**
   * Resolves when `condition` holds (polled on the platform's clock); rejects when the act is cancelled, or when it has
   * not held within `limitMs` of engine time (three hours unless given).
   */
  readonly until: (condition: () => Promise<boolean>, limitMs?: number) => Promise<void>;
}

export interface ResourceState {
  /** What `Ref` answers. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` answers, by attribute name. */
  readonly attributes: Readonly<Record<string, Json>>;
}

export interface ResourceType {
  /** `AWS::ECS::Service` */
  readonly type: string;
  readonly schema: ResourceSchema;
  create(request: ResourceRequest): Promise<ResourceState>;
  /** Changes in place, to the whole of `request.properties`. Absent: every change replaces. */
  update?(request: ResourceRequest, current: ResourceState, previous: Properties): Promise<ResourceState>;
  /** Deleting what is already gone succeeds. */
  delete(request: ResourceRequest, current: ResourceState): Promise<void>;
  /** The thing that already has the literal name in the properties, to be imported; absent for types that cannot be. */
  find?(request: Pick<ResourceRequest, "properties" | "region" | "account" | "call">): Promise<ResourceState | undefined>;
}

/**
 * A failure in a resource type's own words, e.g. `Error occurred during operation 'ECS Deployment Circuit Breaker was
 * triggered'.` Everything else a type throws is an error of the API it called, and told as such.
 */
export class ResourceFailure extends Error {
  /** As CloudFormation spells it: `GeneralServiceException`, `NotStabilized`, `InvalidRequest` … */
  readonly handlerErrorCode: string;

  constructor(message: string, handlerErrorCode: string) {
    super(message);
    this.name = "ResourceFailure";
    this.handlerErrorCode = handlerErrorCode;
  }
}
