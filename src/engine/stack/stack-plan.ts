/**
 * What a template asks for once its parameters are known: the resources whose conditions hold, who waits for whom,
 * and the scope their intrinsics are evaluated in. Made once per operation and shared by change set and execution.
 */
import type { Json } from "../../kit/json.ts";
import { partitionOf } from "../../model/arn.ts";
import { topologicalOrder } from "./graph.ts";
import { evaluate, evaluateCondition, NO_VALUE, type Scope, type Value } from "./intrinsics.ts";
import { type ParameterValue, parameterRef } from "./parameters.ts";
import { references } from "./references.ts";
import { parseTemplate, type ResourceDefinition, type Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { PSEUDO_PARAMETERS, type Types, validateTemplate } from "./validate-template.ts";

/** What a stack is to become; kept as it is with the stack. */
export interface Goal {
  readonly templateText: string;
  /** The template's own. */
  readonly description?: string;
  /** Parameters that are `NoEcho`: their values are shown to nobody. */
  readonly masked: readonly string[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  /** Availability zones by region, for `Fn::GetAZs`. */
  readonly zones: Readonly<Record<string, readonly string[]>>;
}

export interface StackIdentity {
  readonly stackId: string;
  readonly stackName: string;
  readonly account: string;
  readonly region: string;
}

/** A resource as far as its references can be answered; `undefined` attributes answer from what the resource type reports. */
export interface Referable {
  ref(): Value;
  attribute(name: string): Value | undefined;
}

export interface StackPlan {
  readonly template: Template;
  readonly goal: Goal;
  /** Resources whose condition holds, by logical id. */
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  readonly dependencies: Readonly<Record<string, readonly string[]>>;
  /** Logical ids, each after all it depends on. */
  readonly order: readonly string[];
  /** Export names this plan imports are added to `imported`. */
  scope(
    resource: (logicalId: string) => Referable | undefined,
    exports: (name: string) => string | undefined,
    imported?: Set<string>,
  ): Scope;
}

/** Parses (unless `template` is what the text says already), checks and prepares. Throws `TemplateError`. */
export function planStack(
  goal: Goal,
  stack: StackIdentity,
  types: Types,
  template: Template = parseTemplate(goal.templateText),
): StackPlan {
  validateTemplate(template, types);
  const conditions = conditionValues(template, goal, stack);
  const holds = (name: string): boolean => conditions(name);
  const resources = Object.fromEntries(
    Object.entries(template.resources).filter(([, { condition }]) => condition === undefined || holds(condition)),
  );
  const dependencies: Record<string, readonly string[]> = {};
  for (const [id, { properties, dependsOn }] of Object.entries(resources)) {
    const used = references(properties, holds).map(({ name }) => name);
    const absent = used.filter((name) => Object.hasOwn(template.resources, name) && !Object.hasOwn(resources, name));
    if (absent.length > 0)
      throw new TemplateError(
        `Template format error: Unresolved resource dependencies [${[...new Set(absent)].join(", ")}] in the Resources block of the template (used by resource ${id})`,
      );
    dependencies[id] = [...new Set([...dependsOn, ...used])].filter((name) => Object.hasOwn(resources, name)).sort();
  }
  return {
    template,
    goal,
    resources,
    dependencies,
    order: topologicalOrder(dependencies).order,
    scope: (resource, exports, imported) => scopeOf(template, goal, stack, conditions, resource, exports, imported),
  };
}

/** Outputs by name; those whose condition does not hold are absent. Throws `TemplateError`. */
export function evaluateOutputs(
  plan: StackPlan,
  scope: Scope,
): Record<string, { value: string; description?: string; exportName?: string }> {
  const outputs: Record<string, { value: string; description?: string; exportName?: string }> = {};
  for (const [name, { value, description, exportName, condition }] of Object.entries(plan.template.outputs)) {
    if (condition !== undefined && !scope.condition(condition)) continue;
    const result = evaluate(value, scope);
    const fault = outputFault(name, result);
    if (fault !== undefined) throw fault;
    const exported = exportName === undefined ? undefined : evaluate(exportName, scope);
    outputs[name] = {
      value: String(result),
      ...(description === undefined ? {} : { description }),
      ...(typeof exported === "string" ? { exportName: exported } : {}),
    };
  }
  return outputs;
}

/** CloudFormation's refusal of an output that is no text, or `undefined`. */
export function outputFault(name: string, value: Value | undefined): TemplateError | undefined {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return undefined;
  const found = Array.isArray(value) ? " and not a List" : typeof value === "object" && value !== null ? " and not a Map" : "";
  return new TemplateError(
    `Template format error: The Value field of every Outputs member must evaluate to a String${found}. (used by output ${name})`,
  );
}

function conditionValues(template: Template, goal: Goal, stack: StackIdentity): (name: string) => boolean {
  const known = new Map<string, boolean>();
  const condition = (name: string): boolean => {
    const expression = template.conditions[name];
    if (expression === undefined)
      throw new TemplateError(`Template format error: Unresolved condition dependency ${name} in the Conditions block of the template`);
    const value = known.get(name) ?? evaluateCondition(expression, scope);
    known.set(name, value);
    return value;
  };
  const none = (): undefined => undefined;
  const scope: Scope = scopeOf(template, goal, stack, condition, none, none);
  return condition;
}

function scopeOf(
  template: Template,
  goal: Goal,
  stack: StackIdentity,
  condition: (name: string) => boolean,
  resource: (logicalId: string) => Referable | undefined,
  exports: (name: string) => string | undefined,
  imported?: Set<string>,
): Scope {
  return {
    region: stack.region,
    condition,
    ref(name) {
      if (PSEUDO_PARAMETERS.has(name)) return pseudoParameter(name, stack);
      const definition = template.parameters[name];
      const value = goal.parameters[name];
      if (definition !== undefined && value !== undefined) return parameterRef(definition, value);
      return resource(name)?.ref();
    },
    getAtt(logicalId, attribute) {
      const found = resource(logicalId);
      if (found === undefined) throw new TemplateError(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`);
      const value = found.attribute(attribute);
      if (value === undefined)
        throw new TemplateError(`Template error: resource ${logicalId} does not support attribute type ${attribute} in Fn::GetAtt`);
      return value;
    },
    mapping: (map, first, second) => {
      const levels = template.mappings[map]?.[first];
      return (levels as Readonly<Record<string, Json>> | undefined)?.[second];
    },
    importValue(name) {
      imported?.add(name);
      const value = exports(name);
      if (value === undefined) throw new TemplateError(`No export named ${name} found.`);
      return value;
    },
    zones(region) {
      const zones = goal.zones[region];
      if (zones === undefined)
        throw new TemplateError(`Template validation error: Template error: Fn::GetAZs: region ${region} is not known here`);
      return zones;
    },
  };
}

function pseudoParameter(name: string, stack: StackIdentity): Json | typeof NO_VALUE {
  switch (name) {
    case "AWS::AccountId":
      return stack.account;
    case "AWS::Region":
      return stack.region;
    case "AWS::StackId":
      return stack.stackId;
    case "AWS::StackName":
      return stack.stackName;
    case "AWS::Partition":
      return partitionOf(stack.region);
    case "AWS::URLSuffix":
      return stack.region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    case "AWS::NotificationARNs":
      return [];
    default:
      return NO_VALUE;
  }
}
