/**
 * The second check of a template: every name it uses exists, every resource type is one we have, nothing needs
 * itself. It runs before anything changes, for templates of any origin.
 */
import type { Json } from "../../kit/json.ts";
import { topologicalOrder } from "./graph.ts";
import { type Reference, references } from "./references.ts";
import type { ResourceSchema } from "./resource-schema.ts";
import type { Template } from "./template.ts";
import { TemplateError } from "./template-error.ts";

/** What the engine knows of a resource type. */
export interface TypeFacts {
  readonly schema: ResourceSchema;
  /** Whether it can change in place at all. */
  readonly updatable: boolean;
}

export type Types = (type: string) => TypeFacts | undefined;

export const PSEUDO_PARAMETERS: ReadonlySet<string> = new Set([
  ...["AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition"],
  ...["AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix"],
]);

/** Throws `TemplateError` for the first kind of fault found, naming all names of that kind. */
export function validateTemplate(template: Template, types: Types): void {
  const unrecognised = [...new Set(Object.values(template.resources).map(({ type }) => type))].filter((type) => types(type) === undefined);
  if (unrecognised.length > 0)
    throw new TemplateError(`Template format error: Unrecognized resource types: [${unrecognised.sort().join(", ")}]`);
  checkConditions(template);
  for (const [id, resource] of Object.entries(template.resources)) {
    checkNames(template, types, "Resources", id, [resource.properties, resource.metadata ?? null]);
    checkCondition(template, "Resources", resource.condition);
    const unknown = resource.dependsOn.filter((name) => !Object.hasOwn(template.resources, name));
    if (unknown.length > 0) throw unresolved(unknown, "Resources", id);
  }
  for (const [name, output] of Object.entries(template.outputs)) {
    checkNames(template, types, "Outputs", name, [output.value, output.exportName ?? null]);
    checkCondition(template, "Outputs", output.condition);
  }
  const { cycle } = topologicalOrder(staticDependencies(template));
  if (cycle.length > 0) throw new TemplateError(`Circular dependency between resources: [${cycle.join(", ")}]`);
}

/** Dependencies over all branches of all conditions. */
function staticDependencies(template: Template): Record<string, readonly string[]> {
  return Object.fromEntries(
    Object.entries(template.resources).map(([id, { properties, dependsOn }]) => [
      id,
      [...dependsOn, ...references(properties).map(({ name }) => name)],
    ]),
  );
}

function checkConditions(template: Template): void {
  const dependencies: Record<string, string[]> = {};
  for (const [name, expression] of Object.entries(template.conditions)) {
    const used = conditionNames(expression);
    for (const other of used) checkCondition(template, "Conditions", other);
    dependencies[name] = used;
    const resources = references(expression)
      .map((reference) => reference.name)
      .filter((reference) => !Object.hasOwn(template.parameters, reference) && !PSEUDO_PARAMETERS.has(reference));
    if (resources.length > 0)
      throw new TemplateError(
        `Template format error: Unresolved dependencies [${resources.join(", ")}]. Cannot reference resources in the Conditions block of the template`,
      );
  }
  const { cycle } = topologicalOrder(dependencies);
  if (cycle.length > 0) throw new TemplateError(`Template error: Circular dependency between conditions: [${cycle.join(", ")}]`);
}

function checkCondition(template: Template, block: string, name: string | undefined): void {
  if (name !== undefined && !Object.hasOwn(template.conditions, name))
    throw new TemplateError(`Template format error: Unresolved condition dependency ${name} in the ${block} block of the template`);
}

function checkNames(template: Template, types: Types, block: "Resources" | "Outputs", owner: string, values: readonly Json[]): void {
  const found = values.flatMap((value) => references(value));
  const unknown = found.filter((reference) => !exists(template, reference));
  const attributes = unknown.filter(({ through }) => through === "Fn::GetAtt");
  if (attributes[0] !== undefined)
    throw new TemplateError(
      `Template error: instance of Fn::GetAtt references undefined resource ${attributes[0].name}${where(block, owner)}`,
    );
  if (unknown.length > 0) throw unresolved([...new Set(unknown.map(({ name }) => name))], block, owner);
  for (const { name, attribute } of found) {
    const type = attribute === undefined ? undefined : template.resources[name]?.type;
    if (type !== undefined && attribute !== undefined && !hasAttribute(types(type)?.schema, attribute))
      throw new TemplateError(`Template error: resource ${name} does not support attribute type ${attribute} in Fn::GetAtt`);
  }
  for (const name of values.flatMap(conditionsOfIf)) checkCondition(template, block, name);
}

function hasAttribute(schema: ResourceSchema | undefined, attribute: string): boolean {
  const path = attribute.replaceAll(".", "/");
  return schema === undefined || schema.attributes.includes(path) || Object.hasOwn(schema.properties, attribute);
}

function exists(template: Template, { name, attribute, through }: Reference): boolean {
  if (Object.hasOwn(template.resources, name)) return true;
  if (through === "Fn::GetAtt" || attribute !== undefined) return false;
  return Object.hasOwn(template.parameters, name) || PSEUDO_PARAMETERS.has(name);
}

function unresolved(names: readonly string[], block: string, owner: string): TemplateError {
  return new TemplateError(
    `Template format error: Unresolved resource dependencies [${names.join(", ")}] in the ${block} block of the template${where(block, owner)}`,
  );
}

// CloudFormation leaves the reader to search; the place costs nothing and its own sentence stays whole in front.
function where(block: string, owner: string): string {
  return ` (used by ${block === "Resources" ? "resource" : "output"} ${owner})`;
}

function conditionNames(expression: Json): string[] {
  if (Array.isArray(expression)) return (expression as readonly Json[]).flatMap(conditionNames);
  if (typeof expression !== "object" || expression === null) return [];
  return Object.entries(expression).flatMap(([key, value]) =>
    key === "Condition" && typeof value === "string" ? [value] : conditionNames(value as Json),
  );
}

function conditionsOfIf(value: Json): string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(conditionsOfIf);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(key === "Fn::If" && Array.isArray(inner) && typeof inner[0] === "string" ? [inner[0]] : []),
    ...conditionsOfIf(inner as Json),
  ]);
}
