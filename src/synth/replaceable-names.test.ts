import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseTemplate } from "../engine/stack/template.ts";

/**
 * A replacement is made before the old one goes, so that a fixed name would stand in its own way ("already exists"). These
 * are the named types of which a change that a manifest can ask for makes a new one, with the property that would name it.
 */
const replaced = [
  ["AWS::ElasticLoadBalancingV2::TargetGroup", "Name"],
  ["AWS::ElasticLoadBalancingV2::LoadBalancer", "Name"],
  ["AWS::EC2::SecurityGroup", "GroupName"],
  ["AWS::IAM::Role", "RoleName"],
  ["AWS::StepFunctions::StateMachine", "StateMachineName"],
  ["AWS::Scheduler::Schedule", "Name"],
  ["AWS::Events::Rule", "Name"],
] as const;

const golden = new URL("../../test/golden/", import.meta.url);
const resources = readdirSync(golden).flatMap((situation) =>
  readdirSync(new URL(`${situation}/`, golden))
    .filter((file) => file.endsWith(".yml") && file !== "fsd.yml")
    .flatMap((file) => {
      const { resources } = parseTemplate(readFileSync(new URL(`${situation}/${file}`, golden), "utf8"));
      return Object.entries(resources).map(([id, { type, properties }]) => ({ type, properties, at: `${situation}/${file} ${id}` }));
    }),
);

it.each(replaced)("an %s in a golden template has no fixed %s", (type, property) => {
  const found = resources.filter((resource) => resource.type === type);
  expect(found).not.toEqual([]);
  expect(found.filter(({ properties }) => properties[property] !== undefined).map(({ at }) => at)).toEqual([]);
});
