/** A service whose deployments are not ECS's own business is not fsd's either: ECS refuses its next revision. */
import { failure } from "../../model/failures.ts";
import type { ServiceView } from "../service/service-view.ts";

/** Fails as FSD8014 where CodeDeploy or a third party deploys the service. */
export function refuseForeignController({ controller }: Pick<ServiceView, "controller">, name: string, environment: string): void {
  if (controller === "ECS") return;
  throw failure("FSD8014", `${name} on ${environment} has the deployment controller ${controller}, so ECS takes no new revision of it`, {
    hint: "deploy it with what has deployed it so far, or delete the service there and deploy it anew; nothing was changed",
  });
}
