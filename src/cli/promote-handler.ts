/** What `fsd promote` and `fsd abort` do and show. */
import type { Aws } from "../aws/aws.ts";
import { connectCloudWatch } from "../aws/cloud-watch.ts";
import type { Approval } from "../deploy/protection/approval.ts";
import { observeTraffic } from "../deploy/service/observe-traffic.ts";
import { type OngoingDeployment, ongoingDeployment } from "../deploy/service/service-deployment.ts";
import { observeService, type ServiceView } from "../deploy/service/service-view.ts";
import type { TrafficComparison } from "../deploy/service/traffic-comparison.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { approve, isProtected } from "./approve.ts";
import { type Connected, connect } from "./connect.ts";
import { trafficLines } from "./pause-text.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const promoteHandler: Handler = (context) =>
  onDeployment(context, async ({ aws, name, env, ongoing, revisions, approved, compared }) => {
    const { serviceDeployment: serviceDeploymentArn, pauses, lifecycleStage, status } = ongoing;
    if (pauses.length === 0) {
      throw failure("FSD5007", `the deployment of ${name} on ${env} waits for nobody: it is ${status}${at(lifecycleStage)}`, {
        hint: `fsd status ${name} --env ${env}`,
      });
    }
    const traffic = await compared();
    const about = `lets ${serviceDeploymentArn} go on from ${lifecycleStage} (${revisions})`;
    await approved(`Let the deployment of ${name} on ${env} go on from ${lifecycleStage} (${revisions})?`, { verb: "promote", about });
    for (const { hookId } of pauses) await aws.ecs.continueServiceDeployment({ serviceDeploymentArn, hookId, action: "CONTINUE" });
    return { action: "CONTINUE", text: `${name} on ${env} goes on from ${lifecycleStage} (${revisions})`, traffic };
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
  /** Shows what old and new did with their requests so far; null where that is not known. */
  readonly compared: () => Promise<TrafficComparison | null>;
  /** Asks, and in a protected environment records that it was agreed to. */
  readonly approved: (question: string, change: Pick<Approval, "verb" | "about">) => Promise<void>;
}

/** Finds the service's deployment that goes on, has the work done, and shows what was asked of ECS. */
async function onDeployment(
  context: VerbContext,
  act: (found: Found) => Promise<{
    readonly action: "CONTINUE" | "ROLLBACK";
    readonly text: string;
    readonly traffic?: TrafficComparison | null;
  }>,
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
    const compared = (): Promise<TrafficComparison | null> =>
      view === undefined || cluster === undefined ? Promise.resolve(null) : compare(context, connected, { cluster, service, view });
    const { action, text, traffic } = await act({ aws, name, env, ongoing, revisions: revisionsOf(view), approved, compared });
    const { serviceDeployment, lifecycleStage, pauses } = ongoing;
    if (output.format === "json") {
      const hookIds = pauses.map(({ hookId }) => hookId);
      output.json({
        service: name,
        env,
        action,
        serviceDeployment,
        lifecycleStage,
        hookIds,
        ...(traffic === undefined ? {} : { traffic }),
      });
    } else {
      output.line(`${output.paint.good("✓")} ${text}`);
      output.line(`  ${output.paint.faint(`see how it ends: fsd status ${name} --env ${env}`)}`);
    }
    return ExitCode.done;
  } finally {
    aws.close();
  }
}

/** Looks at CloudWatch, and shows it to the person who decides; what cannot be looked at is said, and does not keep anybody from deciding. */
async function compare(
  { output, clock }: VerbContext,
  { aws, connection }: Connected,
  seen: { readonly cluster: string; readonly service: string; readonly view: ServiceView },
): Promise<TrafficComparison | null> {
  const cloudWatch = connectCloudWatch(connection);
  try {
    const traffic = await observeTraffic(aws, cloudWatch, { ...seen, now: clock.now() });
    if (traffic === undefined) return null;
    const [old, fresh, verdict] = trafficLines(traffic, new Date(clock.now()).toISOString());
    for (const line of [old, fresh]) output.note(`  ${line}`);
    output.note(`  ${traffic.verdict === "worse" ? output.paint.bad(verdict ?? "") : verdict}`);
    return traffic;
  } catch (refused) {
    output.note(`  old and new cannot be compared: ${(refused as Error).message}`);
    return null;
  } finally {
    cloudWatch.close();
  }
}

function at(stage: string | null): string {
  return stage === null ? "" : ` at ${stage}`;
}

function revisionsOf(view: ServiceView | undefined): string {
  const [primary, ...older] = view?.deployments ?? [];
  return [...older.map(({ revision }) => revision), primary?.revision ?? ""].join(" → ");
}
