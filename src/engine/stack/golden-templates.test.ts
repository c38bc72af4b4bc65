import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isObject, type Json } from "../../kit/json.ts";
import { planChanges } from "./change-set.ts";
import { chooseParameters, parameterRef } from "./parameters.ts";
import { type Goal, planStack } from "./stack-plan.ts";
import { identity, StackWorld } from "./stack-world.testing.ts";
import { parseTemplate } from "./template.ts";
import type { TypeFacts, Types } from "./validate-template.ts";

/**
 * Every golden template through the stack engine, also those whose resource types the local platform does not have:
 * things of the test's own stand for resources, which have whatever properties and attributes the template names. What
 * the platform makes of the others is shown beside its CloudFormation.
 */
const golden = new URL("../../../test/golden/", import.meta.url);
const templates = readdirSync(golden).flatMap((situation) =>
  readdirSync(new URL(`${situation}/`, golden))
    .filter((file) => file.endsWith(".yml") && file !== "fsd.yml")
    .map((file) => [`${situation}/${file}`, readFileSync(new URL(`${situation}/${file}`, golden), "utf8")] as const),
);

describe("the stack of a golden template", () => {
  it.each(templates)("%s is created, found without a change, given another image, and deleted", (_, text) => {
    const types = typesOf(text);
    const world = new StackWorld(types);
    world.run("create", goal(text, "app:one"));
    expect(world.events.filter(({ status }) => status.endsWith("_FAILED"))).toEqual([]);
    expect(world.state.stack.status).toBe("CREATE_COMPLETE");
    expect(Object.keys(world.state.resources).sort()).toEqual(
      Object.keys(planStack(goal(text, "app:one"), identity, types).resources).sort(),
    );
    expect(JSON.stringify([...world.things.values()])).not.toMatch(/"(Ref|Fn::\w+)":/);

    const change = (image: string) => planChanges(planStack(goal(text, image), identity, types), world.state, types, () => undefined);
    expect(change("app:one").isEmpty).toBe(true);
    if ("ImageUri" in parseTemplate(text).parameters) {
      expect(change("app:two").isEmpty).toBe(false);
      world.run("update", goal(text, "app:two"));
      expect(world.state.stack.status).toBe("UPDATE_COMPLETE");
      const things = JSON.stringify([...world.things.values()]);
      expect(things).toContain("app:two");
      expect(things).not.toContain("app:one");
    }

    const retained = Object.values(parseTemplate(text).resources).filter(({ deletionPolicy }) => deletionPolicy !== "Delete").length;
    world.run("delete");
    expect(world.state.stack.status).toBe("DELETE_COMPLETE");
    expect(world.things.size).toBe(retained);
  });
});

function goal(templateText: string, image: string): Goal {
  const { parameters: definitions } = parseTemplate(templateText);
  const given = Object.entries(definitions).map(([name, { default: fallback }]) => [
    name,
    { value: name === "ImageUri" ? image : (fallback ?? `arn:aws:test:us-east-1:000000000000:cluster/${name}/1`) },
  ]);
  const values = chooseParameters(definitions, Object.fromEntries(given));
  const parameters = Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const { type } = definitions[name] ?? { type: "String" };
      return [name, type.startsWith("AWS::SSM::Parameter::Value<") ? { value, resolved: `${value}-a,${value}-b` } : { value }];
    }),
  );
  for (const [name, definition] of Object.entries(definitions))
    expect(parameterRef(definition, parameters[name] ?? { value: "" }), name).toBeDefined();
  const zones = { "us-east-1": ["us-east-1a", "us-east-1b", "us-east-1c"] };
  return { templateText, parameters, tags: {}, capabilities: ["CAPABILITY_NAMED_IAM"], masked: [], zones };
}

/** Types with just the properties and attributes that the template uses. */
function typesOf(text: string): Types {
  const { resources, outputs } = parseTemplate(text);
  const attributes = new Map<string, Set<string>>();
  const collect = (value: Json): void => {
    if (typeof value === "string")
      for (const [, id = "", name = ""] of value.matchAll(/\$\{(\w+)\.([\w.]+)\}/g)) attributesOf(id).add(name);
    const wanted = isObject(value) ? value["Fn::GetAtt"] : undefined;
    const [id, ...name] = typeof wanted === "string" ? wanted.split(".") : Array.isArray(wanted) ? wanted.map(String) : [];
    if (id !== undefined) attributesOf(id).add(name.join("."));
    if (value !== null && typeof value === "object") for (const part of Object.values(value)) collect(part);
  };
  const attributesOf = (id: string): Set<string> => {
    const type = resources[id]?.type ?? "";
    const found = attributes.get(type) ?? new Set();
    attributes.set(type, found);
    return found;
  };
  collect(Object.values(resources).map(({ properties }) => properties));
  collect(Object.values(outputs).map(({ value }) => value));
  const facts = new Map<string, TypeFacts>();
  for (const { type } of Object.values(resources)) {
    const names = Object.values(resources).flatMap((other) => (other.type === type ? Object.keys(other.properties) : []));
    const properties = Object.fromEntries(names.map((name) => [name, "json" as const]));
    facts.set(type, {
      updatable: true,
      schema: { properties, required: [], createOnly: [], attributes: [...(attributes.get(type) ?? [])], definitions: {} },
    });
  }
  return (type) => facts.get(type);
}
