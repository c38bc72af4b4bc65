/** What the service that a stack holds already, as ECS shows it, forbids of its next deployment. */
import type { Aws } from "../../aws/aws.ts";
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { observeService } from "../service/service-view.ts";
import type { StackView } from "../stack/stack.ts";
import { refuseForeignController } from "./deployment-controller.ts";
import { refuseStrandedTraffic } from "./stranded-traffic.ts";

/** Fails as FSD8014 or FSD8015. Asks nothing for a new stack. */
export async function refuseByStandingService(
  aws: Aws,
  document: Deployable,
  environment: ResolvedEnvironment,
  existing: Promise<StackView | undefined>,
): Promise<void> {
  const stack = await existing;
  if (document.kind !== "Service" || stack === undefined) return;
  const { ClusterName = environment.cluster.name, ServiceName = document.name } = stack.outputs;
  const view = await observeService(aws, ClusterName, ServiceName);
  if (view === undefined) return;
  refuseForeignController(view, document.name, environment.name);
  await refuseStrandedTraffic(aws, view, document, environment.name);
}
