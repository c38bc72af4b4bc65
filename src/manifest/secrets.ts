/** The forms in which a secret may be named: an ARN, a name that `deploy` looks up, a parameter of Parameter Store. */
import type { Secret } from "./resolved.ts";
import { partsOf } from "./text.ts";

/** `${secrets:name[:key]}` as the whole of a variable's value. */
export function secretOfReference(name: string, value: string): Secret | undefined {
  const parts = partsOf(value);
  const only = parts.length === 1 ? parts[0] : undefined;
  if (only === undefined || "plain" in only || !only.mark.startsWith("secrets:")) return undefined;
  return secretOf(name, `secretsmanager:${only.mark.slice("secrets:".length)}`);
}

/** Undefined when the form is none that ECS reads. */
export function secretOf(name: string, valueFrom: string): Secret | undefined {
  const arn = /^(arn:[^:]+:secretsmanager:[^:]*:[^:]*:secret:[^:]+)(:.*)?$/.exec(valueFrom);
  if (arn !== null) return { name, source: { kind: "secret-arn", arn: arn[1] as string, suffix: arn[2] ?? "" } };
  if (/^arn:[^:]+:ssm:[^:]*:[^:]*:parameter\/.+$/.test(valueFrom)) return { name, source: { kind: "parameter-arn", arn: valueFrom } };
  const named = /^secretsmanager:([^:]+)(?::([^:]*))?(?::([^:]*))?$/.exec(valueFrom);
  if (named !== null) {
    const [, secret, key = "", stage = ""] = named as unknown as [string, string, string?, string?];
    return { name, source: { kind: "secret-name", secret, suffix: key === "" && stage === "" ? "" : `:${key}:${stage}:` } };
  }
  const parameter = /^ssm:(\/?[A-Za-z0-9_.\-/]+)$/.exec(valueFrom);
  if (parameter !== null) return { name, source: { kind: "parameter-name", parameter: parameter[1] as string } };
  return undefined;
}
