/** CloudFormation templates as values, and the few intrinsics they are written with. */
import { shortHash } from "../kit/hash.ts";
import { partsOf } from "../manifest/text.ts";
import { serviceValue } from "./names.ts";

export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value | undefined };

export interface Parameter {
  readonly Type: string;
  readonly Description?: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
  readonly NoEcho?: boolean;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: "Retain" | "Delete" | "RetainExceptOnCreate";
  readonly UpdateReplacePolicy?: "Retain" | "Delete";
  readonly Metadata?: { readonly [key: string]: Value | undefined };
  readonly Properties?: { readonly [key: string]: Value | undefined };
}

export interface Template {
  readonly AWSTemplateFormatVersion: "2010-09-09";
  readonly Description: string;
  readonly Metadata?: { readonly [key: string]: Value | undefined };
  readonly Parameters?: Readonly<Record<string, Parameter>>;
  readonly Conditions?: Readonly<Record<string, Value>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Description?: string; readonly Condition?: string; readonly Value: Value }>>;
}

export const ref = (name: string): Value => ({ Ref: name });
export const getAtt = (resource: string, attribute: string): Value => ({ "Fn::GetAtt": [resource, attribute] });
/** The text may hold `${Name}` and `${Resource.Attribute}`; without any it stays a plain text. */
export const sub = (text: string): Value => (text.includes("${") ? { "Fn::Sub": text } : text);
export const select = (index: number, list: Value): Value => ({ "Fn::Select": [index, list] });
export const iff = (condition: string, then: Value, otherwise: Value): Value => ({ "Fn::If": [condition, then, otherwise] });
export const join = (separator: string, list: Value): Value => ({ "Fn::Join": [separator, list] });
export const noValue: Value = ref("AWS::NoValue");

/** The resources, parameters and outputs of a stack while it is being put together. */
export class TemplateBuilder {
  readonly #description: string;
  readonly #lookups: Record<string, Value> = {};
  readonly #parameters: Record<string, Parameter> = {};
  readonly #conditions: Record<string, Value> = {};
  readonly #resources: Record<string, Resource> = {};
  readonly #outputs: Record<string, { Description?: string; Condition?: string; Value: Value }> = {};

  readonly #environment: string;

  constructor(description: string, environment: string) {
    this.#environment = environment;
    this.#description = description.length > 1024 ? `${description.slice(0, 1021)}...` : description;
  }

  /** Says in the template's metadata what a parameter's value is looked up by. */
  lookup(parameter: string, by: Value): void {
    this.#lookups[parameter] = by;
  }

  /** The same parameter may be asked for from several places. */
  parameter(name: string, parameter: Parameter): Value {
    this.#parameters[name] ??= parameter;
    return ref(name);
  }

  condition(name: string, value: Value): string {
    this.#conditions[name] = value;
    return name;
  }

  resource(name: string, resource: Resource): Value {
    if (this.#resources[name] !== undefined) throw new Error(`two resources ${name} in one template: this is a bug of fsd`);
    this.#resources[name] = withoutUndefined(resource) as Resource;
    return ref(name);
  }

  has(name: string): boolean {
    return this.#resources[name] !== undefined;
  }

  output(name: string, description: string, value: Value): void {
    this.#outputs[name] = { Description: description, Value: value };
  }

  /**
   * A text of the manifest with its marks turned into what CloudFormation fills in. Marks of the account and the
   * region are pseudo parameters; the others are parameters of the template, added here.
   */
  text(text: string): Value {
    const parts = partsOf(text);
    if (!parts.some((part) => "mark" in part)) return text;
    if (parts.length === 1) return ref(this.#parameterOf((parts[0] as { mark: string }).mark));
    return {
      "Fn::Sub": parts
        .map((part) => ("plain" in part ? part.plain.replaceAll("${", "${!") : `\${${this.#parameterOf(part.mark)}}`))
        .join(""),
    };
  }

  #parameterOf(mark: string): string {
    if (mark.startsWith("AWS::")) return mark;
    if (mark === "Version") {
      this.parameter("Version", { Type: "String", Description: "The version that is deployed (${VERSION}).", Default: "unversioned" });
      return mark;
    }
    if (mark === "GitSha") {
      this.parameter("GitSha", { Type: "String", Description: "The commit that is deployed (${GIT_SHA}).", Default: "unknown" });
      return mark;
    }
    const parameterName = mark.startsWith("ssm:") ? mark.slice("ssm:".length) : undefined;
    if (parameterName !== undefined) {
      const plain = /^(\/[a-z][a-z0-9]*)+$/.test(parameterName);
      const name = `Ssm${pascal(parameterName).slice(0, 200)}${plain ? "" : shortHash(parameterName, 4)}`;
      this.parameter(name, {
        Type: "AWS::SSM::Parameter::Value<String>",
        Description: `The parameter ${parameterName}.`,
        Default: parameterName,
      });
      return name;
    }
    const [scheme, service, part] = mark.split(":");
    if (scheme === "service" && service !== undefined && part !== undefined) {
      const plain = /^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(service);
      const name = `${pascal(service)}${plain ? "" : shortHash(service, 4)}Service${pascal(part)}`;
      this.parameter(name, {
        Type: "AWS::SSM::Parameter::Value<String>",
        Description: `The ${part} of the service ${service}.`,
        Default: serviceValue(this.#environment, service, part),
      });
      return name;
    }
    throw new Error(`a mark ${mark} that synthesis does not know: this is a bug of fsd`);
  }

  build(): Template {
    return {
      AWSTemplateFormatVersion: "2010-09-09",
      Description: this.#description,
      ...(isEmpty(this.#lookups) ? {} : { Metadata: { "fsd:lookups": this.#lookups } }),
      ...(isEmpty(this.#parameters) ? {} : { Parameters: this.#parameters }),
      ...(isEmpty(this.#conditions) ? {} : { Conditions: this.#conditions }),
      Resources: this.#resources,
      ...(isEmpty(this.#outputs) ? {} : { Outputs: this.#outputs }),
    };
  }
}

/** `my-queue.name` → `MyQueueName`: a part of a logical name. */
export function pascal(text: string): string {
  return text
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/**
 * Logical names for free texts, each its own. Texts that read alike once punctuation is gone (`high-cpu`, `high_cpu`) are
 * told apart by a hash of the text, and so are names that are taken or too long; plain texts keep theirs first.
 */
export function logicalNames(
  texts: readonly string[],
  base: (text: string) => string = pascal,
  taken: readonly string[] = [],
): ReadonlyMap<string, string> {
  const used = new Set(taken);
  const isPlain = (text: string): number => (/^[A-Za-z0-9]+$/.test(text) ? 0 : 1);
  const names = new Map<string, string>();
  for (const text of [...new Set(texts)].sort((a, b) => isPlain(a) - isPlain(b) || (a < b ? -1 : 1))) {
    const readable = base(text).slice(0, 180);
    const name = readable === "" || used.has(readable) || base(text) !== readable ? `${readable}${shortHash(text, 6)}` : readable;
    used.add(name);
    names.set(text, name);
  }
  return names;
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}

/** Properties that were left out are not there, at any depth, so that equality and rendering see plain data. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== undefined).map(withoutUndefined);
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) if (inner !== undefined) result[key] = withoutUndefined(inner);
  return result;
}
