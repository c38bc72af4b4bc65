/**
 * A frozen service: with `freezeOnFailure` a failed deployment is the last one until a person has looked and said why it
 * may go on (`fsd unfreeze`). The freeze lies with the environment, as the parameter `/fsd/<env>/frozen/<service>`, so that every
 * machine that deploys there sees it. A deploy that is killed before it knows its outcome freezes nothing.
 */
import type { Parameters } from "../aws/parameters.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";
import type { Outcome } from "./events.ts";

export interface Freeze {
  /** ISO 8601. */
  readonly since: string;
  readonly outcome: Extract<Outcome, "failed" | "rolled-back">;
  /** What the diagnosis ranked first. */
  readonly cause: string;
}

/** What `fsd unfreeze` leaves behind. */
export interface Unfrozen {
  /** ISO 8601. */
  readonly at: string;
  /** ARN of who did it. */
  readonly by: string;
  readonly reason: string;
  readonly freeze: Freeze;
}

const frozenName = (env: string, service: string): string => `/fsd/${env}/frozen/${service}`;
const unfrozenName = (env: string, service: string): string => `/fsd/${env}/unfrozen/${service}`;

/** Whether a deployment that ended so freezes its service: something was changed, and the requested revision is not live. */
export function freezesAfter(outcome: Outcome): outcome is Freeze["outcome"] {
  return outcome === "failed" || outcome === "rolled-back";
}

/** The service's freeze, if it is frozen. */
export async function findFreeze(ssm: Parameters, env: string, service: string): Promise<Freeze | undefined> {
  try {
    const { Parameter } = await ssm.getParameter({ Name: frozenName(env, service) });
    return Parameter?.Value === undefined ? undefined : (JSON.parse(Parameter.Value) as Freeze);
  } catch (error) {
    if ((error as Error).name === "ParameterNotFound") return undefined;
    throw error;
  }
}

export async function freeze(ssm: Parameters, env: string, service: string, about: Freeze): Promise<void> {
  await ssm.putParameter({ Name: frozenName(env, service), Type: "String", Value: JSON.stringify(shortened(about)), Overwrite: true });
}

/**
 * Fails as FSD8008 when the service is frozen. Looked up only where failures freeze, or have frozen: in an environment that stays
 * protected, though its document says so no longer.
 */
export async function refuseFrozen(
  ssm: Parameters,
  { name, service }: ResolvedService,
  environment: ResolvedEnvironment,
  staysProtected: () => Promise<boolean>,
): Promise<void> {
  if (!service.deployment.freezeOnFailure && !(await staysProtected())) return;
  const found = await findFreeze(ssm, environment.name, name);
  if (found === undefined) return;
  throw failure("FSD8008", `${name} on ${environment.name} is frozen ${frozenText(found)}`, { hint: unfreezeHint(name, environment.name) });
}

/** `since 2026-11-29T05:09:36Z, when a deployment was rolled back: …` */
export function frozenText({ since, outcome, cause }: Freeze): string {
  return `since ${since}, when a deployment ${outcome === "failed" ? "failed" : "was rolled back"}: ${cause}`;
}

export function unfreezeHint(service: string, env: string): string {
  return `when its cause is gone: ${unfreezeCommand(service, env)}`;
}

export function unfreezeCommand(service: string, env: string): string {
  return `fsd unfreeze ${service} --env ${env} --reason "…"`;
}

/** Lets the service be deployed again, and keeps who did that and why. Undefined when it was not frozen. */
export async function unfreeze(
  ssm: Parameters,
  env: string,
  service: string,
  given: Omit<Unfrozen, "freeze">,
): Promise<Unfrozen | undefined> {
  const found = await findFreeze(ssm, env, service);
  if (found === undefined) return undefined;
  const record: Unfrozen = { ...given, freeze: found };
  // First the record: a freeze never goes without one.
  await ssm.putParameter({ Name: unfrozenName(env, service), Type: "String", Value: JSON.stringify(record), Overwrite: true });
  await forgetFreeze(ssm, env, service);
  return record;
}

/** A service that is deleted is frozen no more. */
export async function forgetFreeze(ssm: Parameters, env: string, service: string): Promise<void> {
  try {
    await ssm.deleteParameter({ Name: frozenName(env, service) });
  } catch (error) {
    if ((error as Error).name !== "ParameterNotFound") throw error;
  }
}

/** A parameter holds 4 KiB. */
function shortened({ cause, ...freeze }: Freeze): Freeze {
  return { ...freeze, cause: cause.length > 1000 ? `${cause.slice(0, 999)}…` : cause };
}
