/**
 * `{{resolve:ssm:name:version}}`, `{{resolve:ssm-secure:…}}` and `{{resolve:secretsmanager:id:SecretString:key:stage:version}}` in
 * properties. They are resolved at the moment of the act and never kept: the stack's record holds the reference.
 */
import { isObject, type Json, type JsonObject, parseJsonObject } from "../../../kit/json.ts";
import type { Call } from "../../gateway/operations.ts";
import { ResourceFailure } from "../resource-type.ts";

const REFERENCE = /\{\{resolve:(ssm|ssm-secure|secretsmanager):([^{}]+)\}\}/g;

export async function resolveReferences(properties: JsonObject, call: Call, region: string): Promise<JsonObject> {
  return (await resolve(properties, call, region)) as JsonObject;
}

async function resolve(value: Json, call: Call, region: string): Promise<Json> {
  if (typeof value === "string") return value.includes("{{resolve:") ? text(value, call, region) : value;
  if (Array.isArray(value)) return Promise.all((value as readonly Json[]).map((item) => resolve(item, call, region)));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(async ([key, item]) => [key, await resolve(item, call, region)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function text(value: string, call: Call, region: string): Promise<string> {
  let result = "";
  let end = 0;
  for (const match of value.matchAll(REFERENCE)) {
    const [whole, service, reference] = match as unknown as [string, string, string];
    result +=
      value.slice(end, match.index) +
      (service === "secretsmanager" ? await secret(reference, call, region) : await parameter(reference, call, region));
    end = match.index + whole.length;
  }
  return result + value.slice(end);
}

async function parameter(name: string, call: Call, region: string): Promise<string> {
  const { Parameter } = await call("ssm", "GetParameter", { Name: name, WithDecryption: true }, { region });
  return Parameter?.Value ?? "";
}

async function secret(reference: string, call: Call, region: string): Promise<string> {
  // A secret's ARN holds six colons of its own.
  const parts = reference.split(":");
  const id = parts.splice(0, reference.startsWith("arn:") ? 7 : 1).join(":");
  const [, key = "", stage = "", version = ""] = parts;
  const { SecretString = "" } = await call(
    "secrets-manager",
    "GetSecretValue",
    { SecretId: id, ...(stage === "" ? {} : { VersionStage: stage }), ...(version === "" ? {} : { VersionId: version }) },
    { region },
  );
  if (key === "") return SecretString;
  const value = parseJsonObject(SecretString)?.[key];
  if (value === undefined) throw new ResourceFailure(`Could not find a value associated with JSONKey in SecretString`, "InvalidRequest");
  return typeof value === "string" ? value : JSON.stringify(value);
}
