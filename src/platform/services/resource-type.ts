/**
 * A CloudFormation resource type of the local platform. It lives with its service and does its work by calling that
 * service's own operations, so that a stack and a client of the API meet the same validation and the same state.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import type { Call } from "../gateway/operations.ts";

/** Properties as a template holds them once every intrinsic is resolved. */
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
   * The same for every attempt at the same act, also after a crash: use it as client token, and derive generated
   * names from it (`generatedName`), so that a repeated create adopts what the first one made.
   */
  readonly token: string;
  readonly call: Call;
  /** Resolves when `condition` holds (polled on the platform's clock); rejects when the operation is cancelled. */
  readonly until: (condition: () => Promise<boolean>) => Promise<void>;
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
  /** Top-level properties whose change needs a new resource (`createOnly` in the registry schema). */
  readonly createOnly: readonly string[];
  /** Top-level properties the type knows; any other is refused as CloudFormation refuses it (`Encountered unsupported property X`). */
  readonly known: readonly string[];
  readonly required: readonly string[];
  create(request: ResourceRequest): Promise<ResourceState>;
  /** Changes in place. Absent: every change replaces. */
  update?(request: ResourceRequest, current: ResourceState, previous: Properties): Promise<ResourceState>;
  /** Deleting what is already gone succeeds. */
  delete(request: ResourceRequest, current: ResourceState): Promise<void>;
}
