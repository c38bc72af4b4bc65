/**
 * Template parameters: which value each takes (given, previous, default), whether it may, and what `Ref` answers.
 * Values travel as text, as in the API; `Ref` of a `Number` is a number and of a list type a list.
 */
import type { Json } from "../../kit/json.ts";
import type { ParameterDefinition } from "./template.ts";
import { TemplateError } from "./template-error.ts";

/** A parameter as a caller gives it. */
export interface GivenParameter {
  readonly value?: string;
  readonly usePreviousValue?: boolean;
}

/** A parameter as a stack keeps it. */
export interface ParameterValue {
  readonly value: string;
  /** What the Systems Manager parameter named by `value` held when the operation was prepared. */
  readonly resolved?: string;
}

type Definitions = Readonly<Record<string, ParameterDefinition>>;

const PLAIN_TYPES = new Set(["String", "Number", "CommaDelimitedList", "List<Number>", "AWS::SSM::Parameter::Name"]);
// List<String> is refused by AWS in a template, but accepted inside AWS::SSM::Parameter::Value<>.
const AWS_TYPES =
  /^(List<)?AWS::(EC2::(AvailabilityZone::Name|Image::Id|Instance::Id|KeyPair::KeyName|SecurityGroup::(GroupName|Id)|Subnet::Id|Volume::Id|VPC::Id)|Route53::HostedZone::Id)>?$/;

/** Every declared parameter's value. Throws `TemplateError` naming all that are missing or unknown. */
export function chooseParameters(
  definitions: Definitions,
  given: Readonly<Record<string, GivenParameter>>,
  previous: Readonly<Record<string, ParameterValue>> = {},
): Record<string, string> {
  const unknown = Object.keys(given).filter((name) => !Object.hasOwn(definitions, name));
  if (unknown.length > 0) throw new TemplateError(`Parameters: [${unknown.join(", ")}] do not exist in the template`);
  const values: Record<string, string> = {};
  const missing: string[] = [];
  for (const [name, definition] of Object.entries(definitions)) {
    checkType(name, definition.type);
    const asked = given[name];
    const value = asked?.usePreviousValue === true ? previous[name]?.value : (asked?.value ?? definition.default);
    if (value === undefined) missing.push(name);
    else {
      checkConstraints(name, definition, value);
      values[name] = value;
    }
  }
  if (missing.length > 0) throw new TemplateError(`Parameters: [${missing.join(", ")}] must have values`);
  return values;
}

/** The names of the Systems Manager parameters to be read, by template parameter. */
export function storedParameters(definitions: Definitions, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => storedType(definitions[name]?.type ?? "") !== undefined));
}

/** Something that a parameter's value says is there. */
export interface NamedThing {
  readonly parameter: string;
  /** The parameter's type without what is around it: `AWS::EC2::Subnet::Id`. */
  readonly type: string;
  readonly value: string;
}

/**
 * What parameters of AWS's own types name, each entry of a list by itself: before CloudFormation makes anything, it looks
 * whether all of it is there ("AWS-specific parameter types"). A Systems Manager type is judged by what its parameter holds.
 */
export function namedThings(definitions: Definitions, values: Readonly<Record<string, ParameterValue>>): NamedThing[] {
  return Object.entries(values).flatMap(([parameter, { value, resolved }]) => {
    const declared = definitions[parameter]?.type ?? "";
    const stored = storedType(declared);
    const type = stored ?? declared;
    const held = stored === undefined ? value : (resolved ?? "");
    const single = /^List<(.+)>$/.exec(type)?.[1] ?? type;
    if (!single.startsWith("AWS::")) return [];
    return (single === type ? [held] : held.split(",").map((item) => item.trim())).map((named) => ({
      parameter,
      type: single,
      value: named,
    }));
  });
}

/** The reason by which CloudFormation gives an operation up whose parameters name what is not there. */
export function absence(things: readonly NamedThing[]): string {
  const sentences = things.map(({ parameter, value }) => `parameter value ${value} for parameter name ${parameter} does not exist`);
  return `Parameter validation failed: ${sentences.join(", ")}.`;
}

/** The template's parameters whose Systems Manager parameter is a list where one text is asked for, or one text for a list. */
export function mistypedStored(definitions: Definitions, isList: Readonly<Record<string, boolean>>): string[] {
  return Object.keys(isList).filter((name) => {
    const stored = storedType(definitions[name]?.type ?? "") ?? "";
    return (stored === "CommaDelimitedList" || stored.startsWith("List<")) !== isList[name];
  });
}

/** What `Ref` answers. */
export function parameterRef(definition: ParameterDefinition, { value, resolved }: ParameterValue): Json {
  const stored = storedType(definition.type);
  return typed(stored ?? definition.type, stored === undefined ? value : (resolved ?? ""));
}

/** `T` of `AWS::SSM::Parameter::Value<T>`. */
function storedType(type: string): string | undefined {
  return /^AWS::SSM::Parameter::Value<(.+)>$/.exec(type)?.[1];
}

function typed(type: string, value: string): Json {
  if (type === "Number") return Number(value);
  if (type === "CommaDelimitedList" || type.startsWith("List<")) {
    const items = value === "" ? [] : value.split(",").map((item) => item.trim());
    return type === "List<Number>" ? items.map(Number) : items;
  }
  return value;
}

function checkType(name: string, type: string): void {
  const stored = storedType(type);
  const known =
    stored === undefined
      ? PLAIN_TYPES.has(type) || AWS_TYPES.test(type)
      : PLAIN_TYPES.has(stored) || stored === "List<String>" || AWS_TYPES.test(stored);
  if (!known) throw new TemplateError(`Template format error: Unrecognized parameter type: ${type} (parameter ${name})`);
}

function checkConstraints(name: string, definition: ParameterDefinition, value: string): void {
  const refuse = (message: string): never => {
    const { constraintDescription } = definition;
    throw new TemplateError(
      constraintDescription === undefined ? message : `Parameter ${name} failed to satisfy constraint: ${constraintDescription}`,
    );
  };
  const { allowedValues, allowedPattern, minLength, maxLength, minValue, maxValue } = definition;
  const isList = definition.type === "CommaDelimitedList" || definition.type.startsWith("List<");
  const parts = isList ? (value === "" ? [] : value.split(",").map((item) => item.trim())) : [value];
  if (definition.type === "Number" || definition.type === "List<Number>")
    for (const part of parts)
      if (part.trim() === "" || !Number.isFinite(Number(part))) throw new TemplateError(`Parameter '${name}' must be a number.`);
  if (allowedValues !== undefined && !parts.every((part) => allowedValues.includes(part)))
    refuse(`Parameter '${name}' must be one of AllowedValues`);
  if (allowedPattern !== undefined && !parts.every((part) => wholly(name, allowedPattern).test(part)))
    refuse(`Parameter '${name}' must match pattern ${allowedPattern}`);
  if (minLength !== undefined && value.length < minLength) refuse(`Parameter '${name}' must contain at least ${minLength} characters`);
  if (maxLength !== undefined && value.length > maxLength) refuse(`Parameter '${name}' must contain at most ${maxLength} characters`);
  if (minValue !== undefined && parts.some((part) => Number(part) < minValue))
    refuse(`Parameter '${name}' must be a number not less than ${minValue}`);
  if (maxValue !== undefined && parts.some((part) => Number(part) > maxValue))
    refuse(`Parameter '${name}' must be a number not greater than ${maxValue}`);
}

function wholly(name: string, pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "s");
  } catch {
    throw new TemplateError(`Template validation error: AllowedPattern of parameter ${name} is not a regular expression: ${pattern}`);
  }
}
