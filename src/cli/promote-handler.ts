/** What `fsd promote` and `fsd abort` do and show. */
import type { Aws } from "../aws/aws.ts";
import type { Approval } from "../deploy/protection/approval.ts";
import { type OngoingDeployment, ongoingDeployment } from "../deploy/service/service-deployment.ts";
import { observeService, type ServiceView } from "../deploy/service/service-view.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { approve, isProtected } from "./approve.ts";
import { connect } from "./connect.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const promoteHandler: Handler = (context) =>
  onDeployment(context, async ({ aws, name, env, ongoing, revisions, approved }) => {
    const { serviceDeployment: serviceDeploymentArn, pauses, lifecycleStage, status } = ongoing;
    if (pauses.length === 0) {
      throw failure("FSD5007", `the deployment of ${name} on ${env} waits for nobody: it is ${status}${at(lifecycleStage)}`, {
        hint: `fsd status ${name} --env ${env}`,
      });
    }
    const about = `lets ${serviceDeploymentArn} go on from ${lifecycleStage} (${revisions})`;
    await approved(`Let the deployment of ${name} on ${env} go on from ${lifecycleStage} (${revisions})?`, { verb: "promote", about });
    for (const { hookId } of pauses) await aws.ecs.continueServiceDeployment({ serviceDeploymentArn, hookId, action: "CONTINUE" });
    return { action: "CONTINUE", text: `${name} on ${env} goes on from ${lifecycleStage} (${revisions})` };
  });

export const abortHandler: Handler = (context) =>
  onDeployment(context, async ({ aws, name, env, ongoing, revisions, approved }) => {
    const { serviceDeployment: serviceDeploymentArn, lifecycleStage, status } = ongoing;
    if (status !== "PENDING" && status !== "IN_PROGRESS") {
      throw failure("FSD5007", `the deployment of ${name} on ${env} cannot be stopped any more: it is ${status}`, {
        hint: `fsd status ${name} --env ${env}`,
      });
    }
    const about = `stops ${serviceDeploymentArn}${at(lifecycleStage)} and goes back (${revisions})`;
    await approved(`Stop the deployment of ${name} on ${env}${at(lifecycleStage)} and go back (${revisions})?`, { verb: "abort", about });
    await aws.ecs.stopServiceDeployment({ serviceDeploymentArn, stopType: "ROLLBACK" });
    return { action: "ROLLBACK", text: `${name} on ${env} is stopped${at(lifecycleStage)} (${revisions}) and goes back` };
  });

interface Found {
  readonly aws: Aws;
  readonly name: string;
  readonly env: string;
  readonly ongoing: OngoingDeployment;
  /** `items:3 → items:4` */
  readonly revisions: string;
  /** Asks, and in a protected environment records that it was agreed to. */
  readonly approved: (question: string, change: Pick<Approval, "verb" | "about">) => Promise<void>;
}

/** Finds the service's deployment that goes on, has the work done, and shows what was asked of ECS. */
async function onDeployment(
  context: VerbContext,
  act: (found: Found) => Promise<{ readonly action: "CONTINUE" | "ROLLBACK"; readonly text: string }>,
): Promise<number> {
  const { given, output } = context;
  const name = given.argument("service") ?? "";
  const connected = connect(context);
  const { aws, env } = connected;
  try {
    const [[stack], guarded] = await Promise.all([serviceStacks(aws, env, [name]), isProtected(aws, env)]);
    // Outputs come with the end of the first creation; what the stack was given is known from its beginning.
    const cluster = stack?.outputs.ClusterName ?? stack?.parameters.ClusterName;
    const service = stack?.outputs.ServiceName ?? name;
    const [ongoing, view] =
      cluster === undefined ? [] : await Promise.all([ongoingDeployment(aws, cluster, service), observeService(aws, cluster, service)]);
    if (ongoing === undefined) {
      throw failure("FSD5007", `no deployment of ${name} on ${env} goes on`, { hint: `fsd status ${name} --env ${env} shows what serves` });
    }
    const approved: Found["approved"] = async (question, change) => {
      const record = await approve(context, connected, guarded, question);
      await record(name, change);
    };
    const { action, text } = await act({ aws, name, env, ongoing, revisions: revisionsOf(view), approved });
    const { serviceDeployment, lifecycleStage, pauses } = ongoing;
    if (output.format === "json") {
      output.json({ service: name, env, action, serviceDeployment, lifecycleStage, hookIds: pauses.map(({ hookId }) => hookId) });
    } else {
      output.line(`${output.paint.good("✓")} ${text}`);
      output.line(`  ${output.paint.faint(`see how it ends: fsd status ${name} --env ${env}`)}`);
    }
    return ExitCode.done;
  } finally {
    aws.close();
  }
}

function at(stage: string | null): string {
  return stage === null ? "" : ` at ${stage}`;
}

function revisionsOf(view: ServiceView | undefined): string {
  const [primary, ...older] = view?.deployments ?? [];
  return [...older.map(({ revision }) => revision), primary?.revision ?? ""].join(" → ");
}
