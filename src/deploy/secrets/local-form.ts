/**
 * Secrets of the environment `local`: the manifest's ARNs belong to an account of AWS, and the local account makes
 * ARNs of its own. So there every secret goes by its name, from which the deployment looks up the local ARN.
 */
import { parseJsonObject } from "../../kit/json.ts";
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedService, Secret } from "../../manifest/resolved.ts";

/** Where a secret's value lies. An empty `jsonKey` is the whole value. */
export type SecretPlace =
  | { readonly kind: "secret"; readonly secret: string; readonly jsonKey: string; readonly stage: string }
  | { readonly kind: "parameter"; readonly parameter: string };

/** The service or job with every ARN of a secret or parameter replaced by the name in it. */
export function withLocalSecrets(document: Deployable): Deployable {
  return document.kind === "Job" ? { ...document, task: byNames(document.task) } : byNames(document);
}

function byNames(service: ResolvedService): ResolvedService {
  return { ...service, service: { ...service.service, secrets: service.service.secrets.map(byName) } };
}

function byName(secret: Secret): Secret {
  const { name, source } = secret;
  if (source.kind === "secret-arn") {
    const [jsonKey = "", stage = ""] = source.suffix.split(":").slice(1);
    // Six random characters end a full ARN. A version of the real account's does not exist here: its id is dropped.
    const known = (source.arn.split(":")[6] ?? "").replace(/-[A-Za-z0-9]{6}$/, "");
    return { name, source: { kind: "secret-name", secret: known, suffix: jsonKey === "" && stage === "" ? "" : `:${jsonKey}:${stage}:` } };
  }
  if (source.kind === "parameter-arn") {
    const parameter = source.arn
      .split(":")
      .slice(5)
      .join(":")
      .replace(/^parameter/, "");
    return { name, source: { kind: "parameter-name", parameter } };
  }
  return secret;
}

/** Where ECS will read a secret that goes by its name. */
export function placeOf({ source }: Secret): SecretPlace | undefined {
  if (source.kind === "secret-name") {
    const [jsonKey = "", stage = ""] = source.suffix.split(":").slice(1);
    return { kind: "secret", secret: source.secret, jsonKey, stage: stage === "" ? "AWSCURRENT" : stage };
  }
  if (source.kind === "parameter-name") {
    // The ARN of a parameter does not tell `flag` from `/flag`; the one without a slash is what it is read as.
    const bare = source.parameter.replace(/^\//, "");
    return { kind: "parameter", parameter: bare.includes("/") ? `/${bare}` : bare };
  }
  return undefined;
}

/** The line of the file for a secret that is not one of `secrets`, such as a dependency: `db/main` → `DB_MAIN`. */
export function lineNameOf(secret: string): string {
  return secret
    .replaceAll(/[^A-Za-z0-9]+/g, "_")
    .replace(/^(?=\d)/, "_")
    .toUpperCase();
}

export interface SecretContent {
  /** From the file; undefined when only keys are. */
  readonly whole: string | undefined;
  readonly keys: ReadonlyMap<string, string>;
}

/** What a secret must hold, given what it holds now; undefined when keys are to go into a whole value that is no JSON object. */
export function mergedContent(current: string | undefined, { whole, keys }: SecretContent): string | undefined {
  if (keys.size === 0) return whole ?? current;
  const base = parseJsonObject(whole ?? current ?? "");
  if (base === undefined && whole !== undefined) return undefined;
  const held = new Map(Object.entries(base ?? {}));
  const settled = [...keys].every(([key, value]) => held.get(key) === value);
  if (settled) return whole ?? current;
  return JSON.stringify(Object.fromEntries([...held, ...keys]));
}

/** Whether a secret that holds `content` answers for this key. */
export function holds(content: string | undefined, jsonKey: string): boolean {
  return content !== undefined && (jsonKey === "" || Object.hasOwn(parseJsonObject(content) ?? {}, jsonKey));
}
