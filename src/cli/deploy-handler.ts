/** What `fsd deploy` does: read the manifests, find the environment, deploy, show, and say by the exit code how it ended. */
import { resolve } from "node:path";
import { asRole } from "../aws/assumed-role.ts";
import { type Connection, connectAws } from "../aws/aws.ts";
import type { CloudWatch } from "../aws/cloud-watch.ts";
import type { JobServices } from "../aws/job-services.ts";
import { type PlatformRecord, stateDirectory } from "../aws/platform-record.ts";
import type { Roles } from "../aws/roles.ts";
import { connectSecretStores } from "../aws/secret-stores.ts";
import { deploy } from "../deploy/deploy.ts";
import type { Outcome } from "../deploy/events.ts";
import { portOf, startPlatform } from "../deploy/local-platform.ts";
import { sourceChange } from "../deploy/source-watch.ts";
import { type Deployable, taskOf } from "../manifest/deployable.ts";
import { type Diagnostic, hasErrors } from "../manifest/diagnostic.ts";
import { didYouMean } from "../manifest/did-you-mean.ts";
import { type Loaded, loadManifests } from "../manifest/load.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import { imageNotOnLocal } from "../manifest/rules/local-images.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { missingOnLocal } from "../synth/local-support.ts";
import { awsFailure } from "./aws-failure.ts";
import { confirm } from "./confirm.ts";
import { deployView } from "./deploy-view.ts";
import { meantEnvironment } from "./environment-name.ts";
import { reportFailure } from "./failure-report.ts";
import { folderOf, readManifests } from "./manifest-files.ts";
import { noteDiagnostics } from "./manifest-report.ts";
import { numberOption } from "./quantity-text.ts";
import { loadOptions } from "./validate-handler.ts";
import type { Handler, VerbContext } from "./verb.ts";

export const deployHandler: Handler = async (context) => {
  if (context.given.flag("watch")) return redeployOnChange(context);
  const plan = read(context);
  return plan === undefined ? ExitCode.usage : run(plan, context);
};

interface Plan {
  readonly environment: ResolvedEnvironment;
  /** Services and jobs. */
  readonly documents: readonly Deployable[];
}

/** The services and jobs to deploy, or undefined when the manifests have errors, which are shown. */
function read(context: VerbContext): Plan | undefined {
  const { given, output, cwd } = context;
  const name = given.text("env") ?? "local";
  const version = given.text("version");
  const loaded = loadManifests(readManifests(given.list("file"), cwd), {
    ...loadOptions(context, name),
    values: version === undefined ? {} : { VERSION: version },
    image: given.text("image"),
  });
  const plan = hasErrors(loaded.diagnostics, given.flag("strict"))
    ? undefined
    : chosen(loaded, name, given.list("service"), given.text("image"));
  const missing = plan?.environment.local === true ? missingFor(plan, loaded, given.text("image")) : [];
  const diagnostics = [...loaded.diagnostics, ...missing];
  if (diagnostics.length > 0) {
    if (output.format === "json") output.jsonLine({ type: "diagnostics", diagnostics });
    else noteDiagnostics(diagnostics, output);
  }
  return missing.length > 0 ? undefined : plan;
}

/** What of the plan the local platform has no resource type for, or cannot pull; `--image` takes the place of the document's. */
function missingFor({ environment, documents }: Plan, { trees }: Loaded, image: string | undefined): readonly Diagnostic[] {
  return [
    ...[environment, ...documents].flatMap((document) => missingOnLocal(document, environment, trees.get(document))),
    ...documents.flatMap((document) => imageNotOnLocal(document, environment, { tree: trees.get(document), given: image })),
  ];
}

function chosen(
  { environment, environments, services, jobs }: Loaded,
  name: string,
  wanted: readonly string[],
  image: string | undefined,
): Plan {
  if (environment === undefined || !environment.described) {
    throw failure("FSD7007", `no document describes the environment ${name}`, {
      hint: meantEnvironment(name, environments) ?? "give its Environment document with -f, or deploy to this machine with --env local",
    });
  }
  const documents: readonly Deployable[] = [...services, ...jobs];
  for (const one of wanted) {
    if (documents.some((document) => document.name === one)) continue;
    const known = documents.map((document) => document.name);
    const meant = didYouMean(one, known);
    throw failure("FSD5002", `the manifests have no service or job ${one}`, {
      hint: meant === undefined ? `they have: ${known.join(", ")}` : `did you mean ${meant}?`,
    });
  }
  const selected = wanted.length === 0 ? documents : documents.filter((document) => wanted.includes(document.name));
  if (selected.length === 0) throw failure("FSD5002", "the manifests have no service or job");
  if (image !== undefined && selected.length > 1) {
    throw failure("FSD5001", `--image is for one service or job, and these are ${selected.length}`, { hint: "choose one with --service" });
  }
  return { environment, documents: selected };
}

async function run({ environment, documents }: Plan, context: VerbContext): Promise<ExitCode> {
  const { given, output, clock, signal, cwd } = context;
  // A protected one is asked for when it is known what will change.
  if (!environment.local && !environment.protect)
    await confirm(context, `Deploy ${documents.map(({ name }) => name).join(", ")} to ${environment.name}?`);
  const minutes = numberOption(given, "timeout", 0.01);
  const local = environment.local && given.text("endpoint") === undefined ? await localPlatform(context) : undefined;
  const endpoint = given.text("endpoint") ?? local?.endpoint;
  const caller = { endpoint, region: given.text("region") ?? environment.region, anyCredentials: environment.local };
  const { deployRoleArn } = environment.roles;
  const connection = deployRoleArn === undefined ? caller : asRole(caller, deployRoleArn, `fsd-${environment.name}`, () => clock.now());
  const aws = connectAws(connection);
  const secretStores = connectSecretStores(connection);
  let view = deployView(output, environment.name, clock);
  const ours = {
    fsdVersion: context.version,
    takeOver: given.flag("takeOver"),
    force: given.flag("force"),
    unprotect: given.flag("unprotect"),
  };
  const wishes = { image: given.text("image"), version: given.text("version") };
  const stateDir = environment.local ? stateDirectory(given.text("stateDir"), context.env, cwd) : undefined;
  const limits = { timeoutMs: minutes === undefined ? undefined : minutes * 60_000, speed: local?.speed, stateDir };
  let jobServices: JobServices | undefined;
  let cloudWatch: CloudWatch | undefined;
  let roles: Roles | undefined;
  const events = deploy({
    ...{ aws, secretStores, clock, signal, environment, documents, wishes, cwd, ...limits, ...ours },
    ...(connection === caller ? {} : { approver: () => callerArn(caller) }),
    agree: async (question) => {
      // What was told before the question is shown before it.
      await new Promise((shown) => setImmediate(shown));
      view.end();
      const agreement = await confirm(context, question);
      view = deployView(output, environment.name, clock);
      return agreement;
    },
    jobServices: async () => {
      jobServices ??= (await import("../aws/job-services.ts")).connectJobServices(connection);
      return jobServices;
    },
    cloudWatch: async () => {
      cloudWatch ??= (await import("../aws/cloud-watch.ts")).connectCloudWatch(connection);
      return cloudWatch;
    },
    roles: async () => {
      roles ??= (await import("../aws/roles.ts")).connectRoles(connection);
      return roles;
    },
  });
  try {
    for (;;) {
      const step = await events.next();
      if (step.done !== true) {
        view.show(step.value);
        continue;
      }
      const left = documents.filter(({ name }) => !step.value.has(name)).map(({ name }) => name);
      view.end();
      if (left.length > 0 && output.format === "text") output.line(`Not begun: ${left.join(", ")}.`);
      return exitCode([...step.value.values()], signal.aborted);
    }
  } catch (error) {
    view.end();
    throw error;
  } finally {
    aws.close();
    secretStores.close();
    jobServices?.close();
    cloudWatch?.close();
    roles?.close();
  }
}

/** Who calls with credentials of their own: an assumed role's ARN would not say which person approved. */
async function callerArn(connection: Connection): Promise<string> {
  const aws = connectAws(connection);
  try {
    const { Arn = "" } = await aws.sts.getCallerIdentity({});
    return Arn;
  } finally {
    aws.close();
  }
}

/** The worst outcome counts. */
function exitCode(outcomes: readonly Outcome[], interrupted: boolean): ExitCode {
  if (interrupted || outcomes.includes("interrupted")) return ExitCode.interrupted;
  if (outcomes.includes("failed")) return ExitCode.failed;
  return outcomes.includes("rolled-back") ? ExitCode.rolledBack : ExitCode.done;
}

/** Starts the local platform when it does not run. */
async function localPlatform(context: VerbContext): Promise<PlatformRecord> {
  const { given, output, env, cwd } = context;
  const flags = { stateDir: stateDirectory(given.text("stateDir"), env, cwd) };
  const { record, started, otherPort } = await startPlatform(flags, { ...context, program: context.platformProgram });
  if (started) {
    const port = otherPort ? ` (port 4566 is taken, so it listens on ${portOf(record)})` : "";
    output.note(`Started the local platform at ${record.endpoint}${port}; fsd local down stops it.`);
  }
  return record;
}

/** Deploys, waits until a file of a manifest or a build context changes, and deploys again. Ends with the interrupt. */
async function redeployOnChange(context: VerbContext): Promise<ExitCode> {
  const { given, output, cwd, clock, signal } = context;
  if ((given.text("env") ?? "local") !== "local") throw failure("FSD5001", "--watch is for the environment local only");
  for (;;) {
    const plan = read(context);
    // Watched from before the deployment, so that what is saved during it is not missed.
    const changed = sourceChange(watched(plan, given.list("file"), cwd), clock, signal);
    if (plan !== undefined) {
      try {
        await run(plan, context);
      } catch (error) {
        // What is wrong may be mended by the next change: say it and go on watching.
        if (signal.aborted) throw error;
        reportFailure(awsFailure(error, context), output);
      }
    }
    if (!signal.aborted && output.format === "text") output.line(output.paint.faint("watching for changes; Ctrl-C ends"));
    const file = await changed;
    if (file === undefined) return ExitCode.interrupted;
    if (output.format === "text") output.line(`${output.paint.strong(file)} changed`);
  }
}

function watched(plan: Plan | undefined, files: readonly string[], cwd: string): string[] {
  const manifests = (files.length === 0 ? ["."] : files).filter((name) => !/[*?[]/.test(name)).map((name) => resolve(cwd, name));
  const contexts = (plan?.documents ?? [])
    .map(taskOf)
    .flatMap(({ file, service }) => (service.build === undefined ? [] : [resolve(folderOf(file, cwd), service.build.context)]));
  return [...new Set([...manifests, ...contexts])];
}
