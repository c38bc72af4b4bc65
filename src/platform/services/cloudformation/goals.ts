/**
 * What a caller asks a stack to become, as a goal the engine understands: template text, parameters with what Systems
 * Manager holds for them, availability zones, tags; and whether the caller acknowledged what the template may do.
 */
import { InsufficientCapabilitiesException, type Parameter, type Tag } from "@aws-sdk/client-cloudformation";
import {
  absence,
  chooseParameters,
  mistypedStored,
  namedThings,
  type ParameterValue,
  storedParameters,
} from "../../../engine/stack/parameters.ts";
import type { Goal } from "../../../engine/stack/stack-plan.ts";
import { parseTemplate, type Template } from "../../../engine/stack/template.ts";
import { validateTemplate } from "../../../engine/stack/validate-template.ts";
import type { RequestContext } from "../../gateway/operations.ts";
import { absent } from "./existence.ts";
import { refusing, validationError } from "./faults.ts";
import type { StackExecutor, StackExecutorDependencies } from "./stack-executor.ts";

/** The members that create, update and change-set requests have in common. */
export interface GoalRequest {
  readonly StackName?: string | undefined;
  readonly TemplateBody?: string | undefined;
  readonly TemplateURL?: string | undefined;
  readonly UsePreviousTemplate?: boolean | undefined;
  readonly Parameters?: Parameter[] | undefined;
  readonly Capabilities?: string[] | undefined;
  readonly Tags?: Tag[] | undefined;
}

const IAM_TYPES = new Set(
  ["AccessKey", "Group", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "User", "UserToGroupAddition"].map(
    (noun) => `AWS::IAM::${noun}`,
  ),
);
const NAMES: Readonly<Record<string, string>> = {
  "AWS::IAM::Group": "GroupName",
  "AWS::IAM::InstanceProfile": "InstanceProfileName",
  "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
  "AWS::IAM::Role": "RoleName",
  "AWS::IAM::User": "UserName",
};

/** A goal, its template, and, where parameters name what is not there, the reason by which CloudFormation gives it up. */
export interface Asked {
  readonly goal: Goal;
  readonly template: Template;
  readonly failure: string | undefined;
}

/** `previous`: what the stack was last brought to; absent for a new one. Throws ValidationError and InsufficientCapabilitiesException. */
export async function goalOf(
  request: GoalRequest,
  previous: Goal | undefined,
  executor: StackExecutor,
  { call }: Pick<StackExecutorDependencies, "call">,
  { region }: Pick<RequestContext, "region">,
): Promise<Asked> {
  const templateText = templateTextOf(request, previous?.templateText);
  const template = refusing(() => {
    const parsed = parseTemplate(templateText);
    validateTemplate(parsed, executor.types);
    return parsed;
  });
  const capabilities = request.Capabilities ?? [];
  requireCapabilities(template, capabilities);
  const given = Object.fromEntries(
    (request.Parameters ?? []).map(({ ParameterKey = "", ParameterValue, UsePreviousValue }) => [
      ParameterKey,
      {
        ...(ParameterValue === undefined ? {} : { value: ParameterValue }),
        ...(UsePreviousValue === true ? { usePreviousValue: true } : {}),
      },
    ]),
  );
  const values = refusing(() => chooseParameters(template.parameters, given, previous?.parameters));
  const stored = storedParameters(template.parameters, values);
  const held = await storedValues([...new Set(Object.values(stored))], call, region);
  const isList = Object.fromEntries(Object.entries(stored).map(([name, value]) => [name, held.get(value)?.isList === true]));
  const mistyped = mistypedStored(template.parameters, isList).map((name) => stored[name]);
  if (mistyped.length > 0)
    throw validationError(`Types for SSM parameters [${mistyped.join(", ")}] defined in CFN template and SSM are incompatible`);
  const parameters = Object.fromEntries(
    Object.entries(values).map(([name, value]): [string, ParameterValue] => [
      name,
      { value, ...(stored[name] === undefined ? {} : { resolved: held.get(value)?.value ?? "" }) },
    ]),
  );
  const missing = await absent(namedThings(template.parameters, parameters), call, region);
  const tags =
    request.Tags === undefined ? (previous?.tags ?? {}) : Object.fromEntries(request.Tags.map(({ Key = "", Value = "" }) => [Key, Value]));
  const zones = templateText.includes("GetAZs") ? { [region]: await zoneNames(call, region) } : {};
  const masked = Object.keys(template.parameters).filter((name) => template.parameters[name]?.noEcho === true);
  const { description } = template;
  return {
    goal: { templateText, ...(description === undefined ? {} : { description }), masked, parameters, tags, capabilities, zones },
    template,
    failure: missing.length === 0 ? undefined : absence(missing),
  };
}

/** The text of the template a request brings or points to. */
export function templateTextOf(
  { TemplateBody, TemplateURL, UsePreviousTemplate, StackName }: GoalRequest,
  previous: string | undefined,
): string {
  if (TemplateURL !== undefined)
    throw validationError("TemplateURL is not supported by the local platform, which has no S3; pass the template as TemplateBody");
  if (UsePreviousTemplate === true) {
    if (TemplateBody !== undefined) throw validationError("Either Template URL or Template Body must be specified.");
    if (previous === undefined) throw validationError(`Stack [${StackName}] does not exist`);
    return previous;
  }
  if (TemplateBody === undefined) throw validationError("Either Template URL or Template Body must be specified.");
  return TemplateBody;
}

/** What a template needs to have acknowledged. */
export function requiredCapabilities(template: Template): { capabilities: string[]; reason: string } | undefined {
  const resources = Object.values(template.resources).filter(({ type }) => IAM_TYPES.has(type));
  if (resources.length === 0) return undefined;
  const isNamed = resources.some(({ type, properties }) => properties[NAMES[type] ?? ""] !== undefined);
  const types = [...new Set(resources.map(({ type }) => type))].sort();
  return {
    capabilities: [isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM"],
    reason: `The following resource(s) require capabilities: [${types.join(", ")}]`,
  };
}

function requireCapabilities(template: Template, given: readonly string[]): void {
  const [needed] = requiredCapabilities(template)?.capabilities ?? [];
  if (needed === undefined || given.includes(needed) || given.includes("CAPABILITY_NAMED_IAM")) return;
  throw new InsufficientCapabilitiesException({ message: `Requires capabilities : [${needed}]`, $metadata: {} });
}

async function storedValues(
  names: readonly string[],
  call: StackExecutorDependencies["call"],
  region: string,
): Promise<Map<string, { readonly value: string; readonly isList: boolean }>> {
  const values = new Map<string, { readonly value: string; readonly isList: boolean }>();
  const missing: string[] = [];
  // GetParameters takes ten names at a time.
  for (let start = 0; start < names.length; start += 10) {
    const page = names.slice(start, start + 10);
    const { Parameters = [] } = await call("ssm", "GetParameters", { Names: page }, { region });
    // A version or label in the name (`/a/b:3`) comes back apart from it.
    for (const { Name = "", Selector = "", Value = "", Type } of Parameters) {
      if (Type === "SecureString")
        throw validationError(`Parameters [${Name}] referenced by template have types not supported by CloudFormation.`);
      values.set(`${Name}${Selector}`, { value: Value, isList: Type === "StringList" });
    }
    missing.push(...page.filter((name) => !values.has(name)));
  }
  if (missing.length > 0) throw validationError(`Unable to fetch parameters [${missing.join(",")}] from parameter store for this account.`);
  return values;
}

async function zoneNames(call: StackExecutorDependencies["call"], region: string): Promise<string[]> {
  const { AvailabilityZones = [] } = await call("ec2", "DescribeAvailabilityZones", {}, { region });
  return AvailabilityZones.map(({ ZoneName = "" }) => ZoneName).sort();
}
