/** Why ECS starts no tasks of a service now, where it said so itself: a role that it cannot assume. For a look from outside a deployment. */
import type { Aws } from "../aws/aws.ts";
import type { Roles } from "../aws/roles.ts";
import { standingUnassumable } from "../engine/service/launch-error.ts";
import type { Cause } from "./diagnosis/cause.ts";
import { diagnose } from "./diagnosis/diagnosis.ts";
import { observeRole } from "./service/observe-role.ts";
import type { ServiceView } from "./service/service-view.ts";

/** Undefined when tasks are not missing, or the last that ECS said of starts is that one began. `roles` is asked for only if needed. */
export async function whyNothingStarts(
  { aws, roles }: { readonly aws: Aws; readonly roles: () => Promise<Roles> },
  { service, env }: { readonly service: string; readonly env: string },
  { deployments, events }: ServiceView,
): Promise<Cause | undefined> {
  if (deployments.every(({ running, pending, desired }) => running + pending >= desired)) return undefined;
  const stands = standingUnassumable(events.map(({ message }) => message).reverse());
  if (stands === undefined) return undefined;
  const { causes } = diagnose({
    service,
    env,
    cliFlags: aws.cliFlags,
    failedResources: [],
    stoppedTasks: [],
    targets: [],
    serviceEvents: [stands.message],
    roles: [await observeRole(await roles(), stands.roleArn)],
    region: await aws.region(),
    asked: {},
  });
  return causes[0];
}
