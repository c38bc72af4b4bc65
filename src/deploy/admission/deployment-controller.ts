/** A service whose deployments are not ECS's own business is not fsd's either: ECS refuses its next revision. */
import type { Aws } from "../../aws/aws.ts";
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { observeService } from "../service/service-view.ts";
import type { StackView } from "../stack/stack.ts";

/** Fails as FSD8014 where CodeDeploy or a third party deploys the service that the stack holds. Asks nothing for a new stack. */
export async function refuseForeignController(
  aws: Aws,
  document: Deployable,
  environment: ResolvedEnvironment,
  existing: Promise<StackView | undefined>,
): Promise<void> {
  const stack = await existing;
  if (document.kind !== "Service" || stack === undefined) return;
  const { name } = document;
  const { ClusterName = environment.cluster.name, ServiceName = name } = stack.outputs;
  const view = await observeService(aws, ClusterName, ServiceName);
  if (view === undefined || view.controller === "ECS") return;
  throw failure(
    "FSD8014",
    `${name} on ${environment.name} has the deployment controller ${view.controller}, so ECS takes no new revision of it`,
    {
      hint: "deploy it with what has deployed it so far, or delete the service there and deploy it anew; nothing was changed",
    },
  );
}
