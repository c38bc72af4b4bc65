/**
 * What executing a template would do to a stack, worked out without doing it: per resource Add, Modify, Remove or
 * Import, whether it is replaced, and which properties cause that. Resources are taken in dependency order, so that
 * a replacement makes everything that refers to the new id at least conditionally changed.
 */
import { type Json, type JsonObject, sameJson } from "../../kit/json.ts";
import { referableIncarnation } from "./apply-phase.ts";
import { calledFunction, evaluate, evaluateProperties, hasUnknown, UNKNOWN } from "./intrinsics.ts";
import { references } from "./references.ts";
import {
  type PropertyChange,
  type Proposal,
  type Replacement,
  type ResourceChange,
  resourceChange,
  type Scope,
} from "./resource-change.ts";
import { conform, isListAttribute, propertyFault } from "./resource-schema.ts";
import { outputFault, type Referable, type StackPlan } from "./stack-plan.ts";
import type { Incarnation, StackOutput, StackState } from "./stack-state.ts";
import { TemplateError } from "./template-error.ts";
import type { Types } from "./validate-template.ts";

export interface ChangeDetail extends Omit<PropertyChange, "name"> {
  readonly attribute: Scope;
  /** Of the property; absent for the other scopes. */
  readonly name?: string;
  readonly source: "DirectModification" | "ParameterReference" | "ResourceReference" | "ResourceAttribute";
  /** `Parameter`, `Resource` or `Resource.Attribute`. */
  readonly causingEntity?: string;
}

export interface PlannedChange {
  readonly action: "Add" | "Modify" | "Remove" | "Import";
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  /** Modify only. */
  readonly replacement?: Replacement;
  readonly scope: readonly Scope[];
  readonly details: readonly ChangeDetail[];
  /** What happens to the real thing: removed, or replaced, or kept by its policy. */
  readonly policyAction?: "Delete" | "Retain" | "ReplaceAndDelete" | "ReplaceAndRetain";
  /** The properties to be, as far as known. */
  readonly properties?: JsonObject;
}

export interface PlannedChanges {
  readonly changes: readonly PlannedChange[];
  /** Whether executing would do anything at all; outputs and tags count. */
  readonly isEmpty: boolean;
}

/** Throws `TemplateError` when the template cannot be carried out whatever its resources answer. */
export function planChanges(
  plan: StackPlan,
  state: StackState,
  types: Types,
  exports: (name: string) => string | undefined,
): PlannedChanges {
  const future = new Map<string, Referable>();
  const scope = plan.scope((logicalId) => future.get(logicalId), exports);
  const changes: PlannedChange[] = [];
  const problems: string[] = [];
  for (const logicalId of plan.order) {
    const definition = plan.resources[logicalId];
    const facts = definition && types(definition.type);
    if (definition === undefined || facts === undefined) continue;
    const { properties, problems: found } = conform(evaluateProperties(definition.properties, scope), facts.schema);
    if (found.length > 0) problems.push(propertyFault(logicalId, found));
    const next: Proposal = { ...definition, properties, tags: plan.goal.tags, dependsOn: plan.dependencies[logicalId] ?? [] };
    const current = state.resources[logicalId]?.current;
    if (current !== undefined && current.type !== next.type)
      throw new TemplateError(
        `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${logicalId}]`,
      );
    if (current === undefined) {
      future.set(logicalId, unknown);
      changes.push({ action: "Add", logicalId, type: next.type, scope: [], details: [], properties: known(properties) });
      continue;
    }
    const change = current.uncertain === true ? (resourceChange(current, next, facts) ?? unsettled) : resourceChange(current, next, facts);
    future.set(logicalId, change === undefined || change.replacement === "False" ? referableIncarnation(current) : unknown);
    if (change !== undefined) changes.push(modify(logicalId, current, change, definition.properties, plan));
  }
  if (problems.length > 0) throw new TemplateError(problems.join("\n"));
  checkOutputs(plan, scope, types);
  for (const { logicalId, current } of Object.values(state.resources))
    if (current !== undefined && !Object.hasOwn(plan.resources, logicalId))
      changes.push({
        ...{ action: "Remove", logicalId, type: current.type, physicalId: current.physicalId, scope: [], details: [] },
        policyAction: current.deletionPolicy === "Delete" ? "Delete" : "Retain",
      });
  const isEmpty =
    changes.length === 0 && sameJson(state.stack.goal?.tags, plan.goal.tags) && !outputsDiffer(plan, scope, state.stack.outputs);
  return { changes, isEmpty };
}

const unknown: Referable = { ref: () => UNKNOWN, attribute: () => UNKNOWN };
/** A resource whose last act failed is brought to its target again even when nothing in the template differs. */
const unsettled: ResourceChange = { scope: ["Properties"], properties: [], replacement: "False" };

function modify(logicalId: string, current: Incarnation, change: ResourceChange, written: JsonObject, plan: StackPlan): PlannedChange {
  const details = change.scope.flatMap((attribute): ChangeDetail[] =>
    attribute === "Properties"
      ? change.properties.flatMap((property) => propertyDetails(property, written[property.name], plan))
      : [{ attribute, requiresRecreation: "Never", evaluation: "Static", source: "DirectModification" }],
  );
  const replaced = current.updateReplacePolicy === "Delete" ? "ReplaceAndDelete" : "ReplaceAndRetain";
  return {
    ...{
      action: "Modify",
      logicalId,
      type: current.type,
      physicalId: current.physicalId,
      replacement: change.replacement,
      scope: change.scope,
      details,
    },
    ...(change.replacement === "False" ? {} : { policyAction: replaced }),
  };
}

// CloudFormation names everything a changed property refers to as a possible cause, and the property itself.
function propertyDetails(property: PropertyChange, written: Json | undefined, plan: StackPlan): ChangeDetail[] {
  const { name, requiresRecreation, evaluation } = property;
  const base = { attribute: "Properties", name, requiresRecreation, evaluation } as const;
  const causes = written === undefined ? [] : references(written);
  const details = causes.flatMap(({ name: cause, attribute }): ChangeDetail[] => {
    if (Object.hasOwn(plan.template.parameters, cause)) return [{ ...base, source: "ParameterReference", causingEntity: cause }];
    if (!Object.hasOwn(plan.resources, cause)) return [];
    if (attribute === undefined) return [{ ...base, source: "ResourceReference", causingEntity: cause }];
    return [{ ...base, source: "ResourceAttribute", causingEntity: `${cause}.${attribute}` }];
  });
  return details.length > 0 ? details : [{ ...base, source: "DirectModification" }];
}

/** Every output as far as it is known: what cannot become a text is refused before anything is made. */
function checkOutputs(plan: StackPlan, scope: ReturnType<StackPlan["scope"]>, types: Types): void {
  for (const [name, { value, condition }] of Object.entries(plan.template.outputs)) {
    if (condition !== undefined && !scope.condition(condition)) continue;
    const result = evaluate(value, scope);
    const fault = result === UNKNOWN ? (isList(value, plan, scope, types) ? outputFault(name, []) : undefined) : outputFault(name, result);
    if (fault !== undefined) throw fault;
  }
}

/** Whether a value that is not known yet will be a list. */
function isList(value: Json, plan: StackPlan, scope: ReturnType<StackPlan["scope"]>, types: Types): boolean {
  const called = calledFunction(value);
  const argument = called === undefined ? undefined : (value as JsonObject)[called];
  if (called === "Fn::Split" || called === "Fn::Cidr") return true;
  if (called === "Fn::If" && Array.isArray(argument))
    return isList((scope.condition(String(argument[0])) ? argument[1] : argument[2]) as Json, plan, scope, types);
  return references(value).some(({ name, attribute, through }) => {
    const type = through === "Fn::GetAtt" && called === through ? plan.resources[name]?.type : undefined;
    const schema = type === undefined ? undefined : types(type)?.schema;
    return schema !== undefined && attribute !== undefined && isListAttribute(schema, attribute);
  });
}

function outputsDiffer(plan: StackPlan, scope: ReturnType<StackPlan["scope"]>, outputs: Readonly<Record<string, StackOutput>>): boolean {
  const next = Object.entries(plan.template.outputs).filter(([, { condition }]) => condition === undefined || scope.condition(condition));
  if (next.length !== Object.keys(outputs).length) return true;
  return next.some(([name, { value, description, exportName }]) => {
    const old = outputs[name];
    const exported = exportName === undefined ? undefined : evaluate(exportName, scope);
    return (
      old === undefined || old.value !== String(evaluate(value, scope)) || old.description !== description || old.exportName !== exported
    );
  });
}

function known(properties: Proposal["properties"]): JsonObject {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !hasUnknown(value))) as JsonObject;
}
