/**
 * Approvals of what changes a protected environment. Each is written before its change begins, as a version of the
 * parameter `/fsd/<env>/approved/<service>` (of the environment itself `/fsd/<env>/approved`): Parameter Store keeps the
 * last hundred versions, also when the service is deleted, and whoever may deploy there can read who approved what.
 */
import type { Parameters } from "../../aws/parameters.ts";

export interface Approval {
  /** ISO 8601. */
  readonly at: string;
  /** ARN of who approved. */
  readonly by: string;
  /** Answered on a terminal, or given with the command. */
  readonly how: Agreement;
  readonly verb: "deploy" | "delete" | "promote" | "abort" | "unfreeze";
  /** What was approved, in a line. */
  readonly about: string;
  /** Of a deployment, by digest where it is known; absent keeps the live one. */
  readonly image?: string;
  /** Name of the change set that was executed. */
  readonly changeSet?: string;
  /** `--force` was given. */
  readonly force?: true;
}

export type Agreement = "asked" | "--yes";

/** An approval as it is kept. */
export interface KeptApproval extends Approval {
  /** Null: the environment itself. */
  readonly service: string | null;
  /** Of the parameter; counts up. */
  readonly version: number;
}

/** What a standard parameter holds. */
const mostBytes = 4096;

const approvedName = (env: string, service: string | null): string => `/fsd/${env}/approved${service === null ? "" : `/${service}`}`;

/** Keeps it. The oldest of a hundred goes. */
export async function recordApproval(ssm: Parameters, env: string, service: string | null, approval: Approval): Promise<void> {
  await ssm.putParameter({ Name: approvedName(env, service), Type: "String", Value: approvalText(approval), Overwrite: true });
}

/** As it is kept: its account of itself is cut to what a parameter holds. */
export function approvalText(approval: Approval): string {
  // Parameter Store refuses values with references in double braces.
  const about = approval.about.replace(/\{(?=\{)|\}(?=\})/g, "$& ");
  const fits = (length: number): string =>
    JSON.stringify({ ...approval, about: length < about.length ? `${about.slice(0, length)}…` : about } satisfies Approval);
  let length = about.length;
  let text = fits(length);
  while (Buffer.byteLength(text) > mostBytes && length > 0) {
    length = Math.floor(length * 0.9);
    text = fits(length);
  }
  return text;
}

/** The service's last approval, if there was one. */
export async function lastApproval(ssm: Parameters, env: string, service: string): Promise<KeptApproval | undefined> {
  try {
    const { Parameter } = await ssm.getParameter({ Name: approvedName(env, service) });
    return Parameter?.Value === undefined ? undefined : kept(service, Parameter.Value, Parameter.Version);
  } catch (error) {
    if ((error as Error).name === "ParameterNotFound") return undefined;
    throw error;
  }
}

/** Services that anything was ever approved of, deleted ones too. */
export async function approvedServices(ssm: Parameters, env: string): Promise<string[]> {
  const Path = approvedName(env, null);
  const found: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await ssm.getParametersByPath({ Path, ...(NextToken === undefined ? {} : { NextToken }) });
    for (const { Name = "" } of page.Parameters ?? []) found.push(Name.slice(Path.length + 1));
    NextToken = page.NextToken;
  } while (NextToken !== undefined && NextToken !== "");
  return found;
}

/** Every approval of the service, or of the environment itself (null), that is kept; newest first. */
export async function approvalHistory(ssm: Parameters, env: string, service: string | null): Promise<KeptApproval[]> {
  const found: KeptApproval[] = [];
  let NextToken: string | undefined;
  do {
    try {
      const page = await ssm.getParameterHistory({
        Name: approvedName(env, service),
        MaxResults: 50,
        ...(NextToken === undefined ? {} : { NextToken }),
      });
      for (const { Value = "{}", Version } of page.Parameters ?? []) found.push(kept(service, Value, Version));
      NextToken = page.NextToken;
    } catch (error) {
      if ((error as Error).name === "ParameterNotFound") return [];
      throw error;
    }
  } while (NextToken !== undefined && NextToken !== "");
  return found.sort((a, b) => b.version - a.version);
}

function kept(service: string | null, value: string, version = 0): KeptApproval {
  return { service, version, ...(JSON.parse(value) as Approval) };
}
