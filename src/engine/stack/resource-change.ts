/** What differs between a resource as it is and as it is to be, and whether that needs a new one. */
import type { Json, JsonObject } from "../../kit/json.ts";
import { sameJson } from "../../kit/json.ts";
import { hasUnknown, type Value } from "./intrinsics.ts";
import { at } from "./resource-schema.ts";
import type { Target } from "./stack-state.ts";
import type { TypeFacts } from "./validate-template.ts";

export type Replacement = "True" | "False" | "Conditional";
export type Scope = "Properties" | "Metadata" | "Tags" | "DeletionPolicy" | "UpdateReplacePolicy";

export interface PropertyChange {
  /** Top-level property. */
  readonly name: string;
  readonly requiresRecreation: "Never" | "Conditionally" | "Always";
  /** Dynamic: the new value is known only when it happens. */
  readonly evaluation: "Static" | "Dynamic";
}

export interface ResourceChange {
  readonly scope: readonly Scope[];
  readonly properties: readonly PropertyChange[];
  readonly replacement: Replacement;
}

/** A target whose properties may hold unknown values. */
export type Proposal = Omit<Target, "properties"> & { readonly properties: { readonly [key: string]: Value } };

/** Undefined when nothing differs. */
export function resourceChange(current: Target, next: Proposal, facts: TypeFacts): ResourceChange | undefined {
  const names = [...new Set([...Object.keys(current.properties), ...Object.keys(next.properties)])].sort();
  const properties = names
    .filter((name) => differs(current.properties, next.properties, name))
    .map((name) => propertyChange(name, current, next, facts));
  const scope: Scope[] = [];
  if (properties.length > 0) scope.push("Properties");
  if (facts.schema.tags !== undefined && !sameJson(current.tags, next.tags)) scope.push("Tags");
  if (!sameJson(current.metadata, next.metadata)) scope.push("Metadata");
  if (current.deletionPolicy !== next.deletionPolicy) scope.push("DeletionPolicy");
  if (current.updateReplacePolicy !== next.updateReplacePolicy) scope.push("UpdateReplacePolicy");
  if (scope.length === 0) return undefined;
  const recreations = properties.map(({ requiresRecreation }) => requiresRecreation);
  const replacement = recreations.includes("Always") ? "True" : recreations.includes("Conditionally") ? "Conditional" : "False";
  return { scope, properties, replacement };
}

/** Whether the change is something the resource itself notices, not only the stack's record of it. */
export function touchesResource(change: ResourceChange): boolean {
  return change.scope.includes("Properties") || change.scope.includes("Tags");
}

function propertyChange(name: string, current: Target, next: Proposal, facts: TypeFacts): PropertyChange {
  const dynamic = hasUnknown(next.properties[name]);
  const paths = facts.schema.createOnly.filter((path) => path === name || path.startsWith(`${name}/`));
  const recreates = !facts.updatable || paths.some((path) => differs(current.properties, next.properties, path));
  return {
    name,
    requiresRecreation: !recreates ? "Never" : dynamic ? "Conditionally" : "Always",
    evaluation: dynamic ? "Dynamic" : "Static",
  };
}

function differs(current: JsonObject, next: { readonly [key: string]: Value }, path: string): boolean {
  const value = at(next, path);
  return hasUnknown(value) || !sameJson(at(current, path) as Json | undefined, value as Json | undefined);
}
