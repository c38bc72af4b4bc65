/**
 * One service, from its stack to the proof that the requested revision is live. Whatever happens ends as an outcome
 * that says what serves now; success is claimed only when ECS says that the new revision is the one that does.
 */
import { pause } from "../kit/pause.ts";
import { collects } from "../manifest/rules/collector.ts";
import { leftOutOnLocal } from "../manifest/rules/local-images.ts";
import { hasMark } from "../manifest/text.ts";
import { alarmName, serviceStackName } from "../synth/names.ts";
import { synthesizeService } from "../synth/service/synthesize-service.ts";
import { refuseTrafficThatMoved } from "./admission/standing-service.ts";
import type { DeployRequest } from "./deploy-request.ts";
import type { Deployment } from "./deployment.ts";
import { diagnose } from "./diagnosis/diagnosis.ts";
import type { Outcome, OutcomeEvent } from "./events.ts";
import { freeze, freezesAfter, unfreezeCommand } from "./freeze.ts";
import { underNewHealthCheck } from "./health-watch.ts";
import { withStandIns } from "./image/image-stand-ins.ts";
import type { ReadyImage } from "./image/ready-image.ts";
import { monitored, prepareMonitor } from "./monitor.ts";
import { Pace } from "./polling.ts";
import { type ChangedGroup, changedHealthChecks, groupsIn, healthPathIn } from "./service/health-check-change.ts";
import { rolloutBudgetSeconds } from "./service/rollout-budget.ts";
import { serviceUrls } from "./service/service-url.ts";
import { liveDeployment, observeService, revisionOf } from "./service/service-view.ts";
import { liveWeights } from "./service/traffic-weights.ts";
import { Witness } from "./service/witness.ts";
import { applyStack, type StackOutcome } from "./stack/apply-stack.ts";
import { keepRelease } from "./stack/kept-release.ts";
import { findStack, type StackTools, type StackView } from "./stack/stack.ts";
import { parametersFor } from "./stack-parameters.ts";

/** A local rollout gets this long at any speed: programs start no faster there. */
const leastBudgetMs = 60_000;

/** How long a stack that says it is complete may take to have its service steady: CloudFormation has waited for that already. */
const verifyLimitMs = 10 * 60_000;

/** Deploys the stack, watches it to its end, and after that the service's alarms, as long as the manifest says. */
export async function deployService(
  deployment: Deployment,
  image: ReadyImage,
  { cloudWatch, roles }: Pick<DeployRequest, "cloudWatch" | "roles">,
  tools: StackTools,
): Promise<Outcome> {
  const { service, environment } = deployment;
  const { aws, clock, tell } = tools;
  const { name: subject } = service;
  const began = clock.now();
  const budgetMs = deployment.timeoutMs ?? Math.max(leastBudgetMs, (rolloutBudgetSeconds(service) * 1000) / deployment.speed);
  const stackName = serviceStackName(environment.name, subject);
  const { healthCheck, port, resources, environment: variables, secrets } = service.service;
  const { logs } = service.service.observability;
  const template = synthesizeService(withStandIns(service, image.standIns), environment);
  let release = deployment.isNew ? undefined : await keepRelease(aws, await findStack(aws, stackName));
  const changedGroups: ChangedGroup[] = [];
  const witness = new Witness(
    { aws, tell, clock, cloudWatch, roles },
    {
      service: subject,
      env: environment.name,
      cluster: environment.cluster.name,
      pauses: service.service.deployment.hooks.some(({ pause }) => pause),
      asked: {
        port,
        healthPath: healthCheck?.path,
        formerHealthPath: release === undefined ? undefined : healthPathIn(release.template),
        cpu: resources.cpu,
        memory: resources.memory,
        image: image.reference,
        logGroup: hasMark(logs.group) ? undefined : logs.group,
        file: service.file,
        packed: image.packed,
        leftOut: image.leftOut,
        alarms: service.service.deployment.alarms.map((alarm) => alarmName(environment.name, subject, alarm)),
        variables: [...Object.keys(variables), ...secrets.map(({ name }) => name), ...Object.keys(environment.variables)],
      },
    },
  );
  const monitor = await prepareMonitor(deployment, stackName, release, cloudWatch, tools);
  tell({ type: "step", subject, step: "stack", state: "running", text: `stack ${stackName}` });
  if (environment.local && collects(service.service)) tell({ type: "note", subject, text: leftOutOnLocal });
  const result = await applyStack(
    {
      subject,
      name: stackName,
      template: JSON.stringify(template),
      parameters: async (existing) => {
        // A stack that came meanwhile, or had to be brought to rest first, has a release to compare with only now.
        if (existing !== undefined) {
          release ??= await keepRelease(aws, existing);
          await refuseTrafficThatMoved(aws, service, environment, existing, template, release);
        }
        return { ...parametersFor(deployment, image, template, existing), ...(await liveWeights(aws, template, existing)) };
      },
      unchangedParameters: (existing, values) => {
        // Leaving the count out for the first time, or following a shift of traffic, changes the template, but not the service.
        const following = Object.entries(existing.parameters).filter(
          ([name, value]) =>
            value !== "" &&
            (name === "DesiredCount" || /^(Test)?(Alternate)?TargetGroupWeight$/.test(name)) &&
            values[name] !== undefined &&
            values[name] !== value,
        );
        return following.length === 0 ? undefined : { ...values, ...Object.fromEntries(following.map(([name]) => [name, undefined])) };
      },
      tags: deployment.tags,
      roleArn: environment.roles.cloudFormationRoleArn,
      ...deployment.guard,
      before: () => witness.begin(),
      watch: (events) => {
        if (release !== undefined) changedGroups.push(...groupsIn(events, changedHealthChecks(release.template, template), clock.now()));
        return witness.look(events);
      },
      giveUp: (created) => whyGiveUp(created, clock.now() - began, budgetMs, deployment, witness),
    },
    tools,
  );
  const finish = async (outcome: Outcome, stack: StackView, more: Partial<OutcomeEvent> = {}, cause?: string): Promise<Outcome> => {
    // Before it is told: who reads the outcome can rely on it.
    if (service.service.deployment.freezeOnFailure && freezesAfter(outcome)) {
      const since = new Date(clock.now()).toISOString();
      await freeze(deployment.parameters, environment.name, subject, { since, outcome, cause: cause ?? `the stack is ${stack.status}` });
      tell({ type: "note", subject, text: `it is frozen: nothing is deployed before ${unfreezeCommand(subject, environment.name)}` });
    }
    const seconds = Math.round((clock.now() - began) / 100) / 10;
    tell({ type: "outcome", subject, outcome, stack: stackName, stackStatus: stack.status, seconds, ...more });
    return outcome;
  };
  if (result.kind === "interrupted") return finish("interrupted", result.stack);
  if (result.kind === "failed") {
    tell({ type: "step", subject, step: "stack", state: "failed", text: `stack ${stackName} is ${result.stack.status}` });
    const diagnosis = diagnose(await witness.evidence());
    tell({ type: "diagnosis", subject, diagnosis });
    const live = await whatServes(deployment, tools, result);
    return finish(live.liveRevision === undefined ? "failed" : "rolled-back", result.stack, live, diagnosis.causes[0]?.summary);
  }
  const text =
    result.kind === "unchanged"
      ? `stack ${stackName} is as the manifest says`
      : `stack ${stackName} ${result.created ? "created" : "updated"}`;
  tell({ type: "step", subject, step: "stack", state: "done", text });
  const urls = await serviceUrls(aws, result.stack, environment.local);
  if (result.kind === "applied" && release !== undefined && changedGroups.length > 0) {
    const way = { subject, stackName, release, environment };
    const watch = { groups: changedGroups, patienceMs: budgetMs, speed: deployment.speed, witness };
    const back = await underNewHealthCheck(watch, way, tools);
    if (back !== undefined) return finish(back.outcome, back.stack, { ...back.seen, ...urls }, "its targets fail the new health check");
  }
  const live = await verify(deployment, result.stack, witness, tools);
  if (live.kind === "live" && result.kind === "applied" && monitor !== undefined) {
    const back = await monitored(monitor, deployment, tools);
    if (back !== undefined) return finish(back.outcome, back.stack, { ...back.seen, ...urls }, "an alarm went off after the deployment");
  }
  if (live.kind === "live") return finish(result.kind === "unchanged" ? "unchanged" : "live", result.stack, { ...live.seen, ...urls });
  if (live.kind === "interrupted") return finish("interrupted", result.stack, live.seen);
  const diagnosis = diagnose(await witness.evidence());
  tell({ type: "diagnosis", subject, diagnosis });
  return finish(live.kind, result.stack, { ...live.seen, ...urls }, diagnosis.causes[0]?.summary);
}

/** Why waiting on makes no sense: time is up, or a service that nobody uses yet crashes over and over in the same way. */
function whyGiveUp(
  created: boolean,
  waitedMs: number,
  budgetMs: number,
  { service, timeoutMs }: Deployment,
  witness: Witness,
): string | undefined {
  if (waitedMs >= budgetMs) {
    const limit = `${Math.round(budgetMs / 6_000) / 10} minutes`;
    return `it is not live after ${limit}${timeoutMs === undefined ? ", more than its manifest can need; --timeout sets another limit" : " (--timeout)"}`;
  }
  const { circuitBreaker, strategy } = service.service.deployment;
  const breaks = circuitBreaker.enable && (strategy === "rolling" || strategy === "all-at-once");
  const crash = breaks || !created ? undefined : witness.repeatedCrash();
  // Every task twice at least, so that not one slow dependency of the first start decides.
  if (crash === undefined || crash.count < Math.max(5, 2 * service.service.resources.desiredCount + 1)) return undefined;
  return `${crash.count} tasks have ended in the same way (${crash.how})`;
}

type Seen = Pick<OutcomeEvent, "liveRevision" | "running">;

/** After a failure: the previous revision, when it still has running tasks. */
async function whatServes(
  { service, environment }: Deployment,
  { aws }: StackTools,
  { created }: StackOutcome & { kind: "failed" },
): Promise<Seen> {
  const view = created ? undefined : await observeService(aws, environment.cluster.name, service.name);
  const live = view === undefined ? undefined : liveDeployment(view);
  return live === undefined || live.running === 0 ? {} : { liveRevision: live.revision, running: live.running };
}

type Verdict = { readonly kind: "live" | "rolled-back" | "failed" | "interrupted"; readonly seen: Seen };

/**
 * Whether the revision of the stack is the one that serves: it is PRIMARY's, PRIMARY is completed, and all its tasks
 * run. The stack alone does not say so: ECS may have gone back to the old revision by itself.
 */
async function verify({ service, environment }: Deployment, stack: StackView, witness: Witness, tools: StackTools): Promise<Verdict> {
  const { aws, clock, signal, tell, rhythm } = tools;
  const requested = stack.outputs.TaskDefinitionArn;
  const pace = new Pace(rhythm);
  const end = clock.now() + verifyLimitMs;
  for (;;) {
    const view = await observeService(
      aws,
      stack.outputs.ClusterName ?? environment.cluster.name,
      stack.outputs.ServiceName ?? service.name,
    );
    const primary = view?.deployments[0];
    const live = view === undefined ? undefined : liveDeployment(view);
    const seen: Seen = live === undefined ? {} : { liveRevision: live.revision, running: live.running };
    if (view === undefined || primary === undefined) return { kind: "failed", seen };
    const wanted = requested === undefined || primary.taskDefinition === requested;
    const settled = primary.rolloutState === "COMPLETED" || (primary.rolloutState === "" && primary.running === primary.desired);
    if (wanted && settled && primary.running >= primary.desired) {
      const text = `${revisionOf(primary.taskDefinition)} is live: ${primary.running} of ${primary.desired} tasks running`;
      tell({ type: "step", subject: service.name, step: "verify", state: "done", text });
      return { kind: "live", seen: { liveRevision: primary.revision, running: primary.running } };
    }
    if (!wanted && settled) return { kind: live === undefined ? "failed" : "rolled-back", seen };
    if (primary.rolloutState === "FAILED" || clock.now() > end) return { kind: live === undefined ? "failed" : "rolled-back", seen };
    if (signal.aborted) return { kind: "interrupted", seen };
    await pause(clock, pace.next(await witness.look([])), signal);
  }
}
