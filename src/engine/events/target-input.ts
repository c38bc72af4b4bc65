/**
 * What a rule's target is given of an event: the whole of it, a part (`InputPath`), something else (`Input`), or a text
 * made of it (`InputTransformer`). Source: "Amazon EventBridge input transformation".
 */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";

export interface TargetInput {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | { readonly InputPathsMap?: Readonly<Record<string, string>> | undefined; readonly InputTemplate?: string | undefined }
    | undefined;
}

/** What `<aws.events.…>` stands for in a template. */
export interface RuleFacts {
  readonly ruleArn: string;
  readonly ruleName: string;
  /** ISO 8601 */
  readonly ingestionTime: string;
}

/** The text that the target receives. */
export function targetInput({ Input, InputPath, InputTransformer }: TargetInput, event: JsonObject, rule: RuleFacts): string {
  if (Input !== undefined) return Input;
  if (InputPath !== undefined) return JSON.stringify(atPath(event, InputPath) ?? {});
  if (InputTransformer === undefined) return JSON.stringify(event);
  return transformed(InputTransformer.InputTemplate ?? "", valuesOf(InputTransformer.InputPathsMap ?? {}, event, rule));
}

function valuesOf(paths: Readonly<Record<string, string>>, event: JsonObject, rule: RuleFacts): Map<string, Json> {
  const { detail: _detail, ...withoutDetail } = event;
  const values = new Map<string, Json>([
    ["aws.events.rule-arn", rule.ruleArn],
    ["aws.events.rule-name", rule.ruleName],
    ["aws.events.event.ingestion-time", rule.ingestionTime],
    ["aws.events.event", withoutDetail],
    ["aws.events.event.json", event],
  ]);
  for (const [name, path] of Object.entries(paths)) {
    const value = atPath(event, path);
    // A path that leads nowhere makes no variable, as on AWS.
    values.set(name, value ?? "");
  }
  return values;
}

/**
 * Puts values in place of `<name>`. Between quotation marks a text stands as it is, and an object as its JSON, escaped; outside
 * of them every value stands as JSON. A name that is not defined stays.
 */
function transformed(template: string, values: ReadonlyMap<string, Json>): string {
  let isQuoted = false;
  let result = "";
  for (const [token] of template.matchAll(/\\.|<[\w.-]+>|"|./gs)) {
    const value = token.length > 2 && token.startsWith("<") ? values.get(token.slice(1, -1)) : undefined;
    if (value === undefined) {
      if (token === '"') isQuoted = !isQuoted;
      result += token;
    } else if (isQuoted) {
      result += JSON.stringify(typeof value === "string" ? value : JSON.stringify(value)).slice(1, -1);
    } else result += JSON.stringify(value);
  }
  return result;
}

/** `$`, `$.detail.containers[0].name`, `$.detail['a-b']`. Undefined where it leads nowhere. */
export function atPath(event: Json, path: string): Json | undefined {
  const steps = stepsOf(path);
  let value: Json | undefined = event;
  for (const step of steps ?? [undefined]) {
    if (typeof step === "number" && Array.isArray(value)) value = (value as readonly Json[])[step];
    else if (typeof step === "string" && isObject(value)) value = Object.hasOwn(value, step) ? value[step] : undefined;
    else return undefined;
  }
  return value;
}

/** The steps of a path; undefined when it is not one that rules may have. */
export function stepsOf(path: string): (string | number)[] | undefined {
  if (!/^\$(\.[\w-]+|\[\d+\]|\['[^']*'\])*$/.test(path)) return undefined;
  return [...path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]/g)].map(([, name, index, quoted]) =>
    index === undefined ? (name ?? quoted ?? "") : Number(index),
  );
}
