/** What the service that a stack holds already, as ECS shows it, forbids of its next deployment. */
import type { Aws } from "../../aws/aws.ts";
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { synthesizeService } from "../../synth/service/synthesize-service.ts";
import type { Template } from "../../synth/template.ts";
import { observeService, type ServiceView } from "../service/service-view.ts";
import type { KeptRelease } from "../stack/kept-release.ts";
import { readiness, type StackView } from "../stack/stack.ts";
import { refuseForeignController } from "./deployment-controller.ts";
import { movesTraffic, refuseStrandedTraffic } from "./stranded-traffic.ts";

/** Fails as FSD8014, FSD8015, or as FSD7004 in the middle of a shift. Asks nothing for a new stack. */
export async function refuseByStandingService(
  aws: Aws,
  document: Deployable,
  environment: ResolvedEnvironment,
  existing: Promise<StackView | undefined>,
): Promise<void> {
  const stack = await existing;
  if (document.kind !== "Service" || stack === undefined) return;
  const view = await standingService(aws, document, environment, stack);
  if (view === undefined) return;
  refuseForeignController(view, document.name, environment.name);
  // Where the traffic of a deployment that is under way will be, its end says: until then another one is refused for it.
  if (readiness(stack.status) === "busy") return;
  await refuseStrandedTraffic(aws, view, synthesizeService(document, environment), document, environment.name);
}

/**
 * Fails as FSD8015 where the traffic has moved since the deployment was let in: by a rollback that was waited for, or by another's hand.
 * @param release what the stack holds; undefined: it is not known
 */
export async function refuseTrafficThatMoved(
  aws: Aws,
  service: ResolvedService,
  environment: ResolvedEnvironment,
  stack: StackView,
  template: Template,
  release: KeptRelease | undefined,
): Promise<void> {
  if (movesTraffic(template) || (release !== undefined && !movesTraffic(release.template))) return;
  const view = await standingService(aws, service, environment, stack);
  if (view !== undefined) await refuseStrandedTraffic(aws, view, template, service, environment.name);
}

function standingService(
  aws: Aws,
  { name }: Pick<ResolvedService, "name">,
  environment: ResolvedEnvironment,
  { outputs }: StackView,
): Promise<ServiceView | undefined> {
  const { ClusterName = environment.cluster.name, ServiceName = name } = outputs;
  return observeService(aws, ClusterName, ServiceName);
}
