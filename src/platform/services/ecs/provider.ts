/**
 * Amazon ECS on Fargate: its API over the scheduler. The provider checks requests and records intent; the controller
 * makes it so. What works and what is left out: BEHAVIOUR.md.
 */
import type { Controller } from "../../../controller/controller.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Call, Provider } from "../../gateway/operations.ts";
import { clusterOperations } from "./clusters.ts";
import type { ConnectEndpoints } from "./connect-endpoints.ts";
import type { EcsState } from "./ecs-state.ts";
import { References } from "./references.ts";
import { serviceDeploymentOperations } from "./service-deployments.ts";
import { ServiceRevisions } from "./service-revisions.ts";
import { serviceOperations } from "./services.ts";
import type { StoreKeeper } from "./store-keeper.ts";
import { tagOperations } from "./tags.ts";
import { taskDefinitionOperations } from "./task-definitions.ts";
import type { AssumedTaskRoles } from "./task-roles.ts";
import { taskSetOperations } from "./task-sets.ts";
import { taskOperations } from "./tasks.ts";

export interface EcsDependencies {
  /** `new EcsState(store)`, the one that `StoredTaskPlans` reads. */
  readonly state: EcsState;
  /** `new StoreKeeper(store)`, the controller's. */
  readonly keeper: StoreKeeper;
  readonly endpoints: ConnectEndpoints;
  readonly controller: Controller;
  /** The one that the controller asks. */
  readonly roles: AssumedTaskRoles;
  /** Wall time. */
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly call: Call;
  /** Whether every task has a network of its own on this machine; so it is unless given. */
  readonly privateNetworks?: boolean;
  /** Is told when a cluster is created: tasks will follow. */
  readonly expectTasks?: () => void;
}

export function ecsProvider({
  state,
  keeper,
  endpoints,
  controller,
  roles,
  clock,
  ids,
  call,
  privateNetworks = true,
  expectTasks,
}: EcsDependencies): Provider<"ecs"> {
  const references = new References(state, keeper);
  const revisions = new ServiceRevisions({ endpoints, controller, roles, ids, call });
  return {
    service: "ecs",
    operations: {
      ...clusterOperations({ state, keeper, references, call, ...(expectTasks === undefined ? {} : { expectTasks }) }),
      ...taskDefinitionOperations(state, references, clock),
      ...serviceOperations({ state, keeper, references, endpoints, revisions, controller, ids, privateNetworks }),
      ...taskSetOperations({ state, keeper, references, revisions, controller, ids }),
      ...serviceDeploymentOperations(state, keeper, references, controller),
      ...taskOperations({ state, keeper, references, controller, roles, ids, call }),
      ...tagOperations(state, keeper),
    },
  };
}
