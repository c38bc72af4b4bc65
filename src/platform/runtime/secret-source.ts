/**
 * Values of a container's secrets, by `valueFrom` as ECS reads it: an ARN of Secrets Manager, with
 * `:json-key:version-stage:version-id` behind it or not, or the name or ARN of an SSM parameter. Values are handed to
 * the container and kept nowhere.
 */
import { parseArn } from "../../model/arn.ts";
import type { Call } from "../gateway/operations.ts";

export interface SecretSource {
  /** Rejects with the service's own error when the value cannot be had. */
  value(valueFrom: string, region: string): Promise<string>;
}

/** Reads secrets through the platform's own Secrets Manager and Parameter Store. */
export class PlatformSecretSource implements SecretSource {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async value(valueFrom: string, region: string): Promise<string> {
    const arn = parseArn(valueFrom);
    if (arn?.service === "secretsmanager") return this.#secret(valueFrom, arn.region);
    const answer = await this.#call(
      "ssm",
      "GetParameter",
      { Name: valueFrom, WithDecryption: true },
      { region: arn === undefined ? region : arn.region },
    );
    return answer.Parameter?.Value ?? "";
  }

  async #secret(valueFrom: string, region: string): Promise<string> {
    // arn:aws:secretsmanager:region:account:secret:name-AbCdEf[:json-key:version-stage:version-id]
    const parts = valueFrom.split(":");
    const [key = "", stage = "", version = ""] = parts.slice(7);
    const answer = await this.#call(
      "secrets-manager",
      "GetSecretValue",
      {
        SecretId: parts.slice(0, 7).join(":"),
        ...(stage === "" ? {} : { VersionStage: stage }),
        ...(version === "" ? {} : { VersionId: version }),
      },
      { region },
    );
    const text = answer.SecretString ?? Buffer.from(answer.SecretBinary ?? []).toString("utf8");
    if (key === "") return text;
    const value = jsonField(text, key);
    if (value === undefined) throw new Error(`retrieved secret from Secrets Manager did not contain json key ${key}`);
    return value;
  }
}

function jsonField(text: string, key: string): string | undefined {
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof object !== "object" || object === null) return undefined;
  const value = Object.entries(object).find(([name]) => name === key)?.[1];
  return value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);
}
