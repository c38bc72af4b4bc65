import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseTemplateText } from "../engine/stack/template-text.ts";

const golden = new URL("../../test/golden/", import.meta.url).pathname;
const source = new URL(".", import.meta.url).pathname;

interface Found {
  readonly template: string;
  readonly sid: string;
  readonly action: string;
  readonly resource: string;
}

/** Every statement of every policy in every golden template that allows an action with a wildcard, or an action on everything. */
function wildcards(): Found[] {
  return readdirSync(golden).flatMap((situation) =>
    readdirSync(join(golden, situation))
      .filter((file) => file.endsWith(".yml") && file !== "fsd.yml")
      .flatMap((file) =>
        statementsOf(parseTemplateText(readFileSync(join(golden, situation, file), "utf8"))).flatMap(broad(`${situation}/${file}`)),
      ),
  );
}

const broad =
  (template: string) =>
  (statement: Record<string, unknown>): Found[] => {
    const actions = [statement.Action].flat().map(String);
    const resources = [statement.Resource].flat();
    const wide = actions.some((action) => action.includes("*")) || resources.includes("*");
    if (statement.Effect !== "Allow" || !wide) return [];
    return [{ template, sid: String(statement.Sid), action: actions.join(" "), resource: JSON.stringify(statement.Resource) }];
  };

function statementsOf(value: unknown): Record<string, unknown>[] {
  if (Array.isArray(value)) return value.flatMap(statementsOf);
  if (typeof value !== "object" || value === null) return [];
  const { Statement } = value as { Statement?: unknown };
  const own = Array.isArray(Statement) ? (Statement as Record<string, unknown>[]) : [];
  return [...own, ...Object.values(value).flatMap(statementsOf)];
}

/** The lines around the place where synthesis writes a statement: a reason stands above it, or above what adds it. */
function reasonFor(sid: string): string | undefined {
  for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
    const lines = readFileSync(join(source, file), "utf8").split("\n");
    const at = lines.findIndex((line) => line.includes(`Sid: "${sid}"`));
    if (at < 0) continue;
    const above = lines.slice(Math.max(0, at - 3), at + 1);
    return above.map((line) => /\/\/ (.+)$/.exec(line)?.[1]).find((comment) => comment !== undefined);
  }
  return undefined;
}

describe("a permission on everything", () => {
  const found = wildcards();

  it("carries its reason where it is written", () => {
    const without = [...new Set(found.map(({ sid }) => sid))].filter((sid) => reasonFor(sid) === undefined);
    expect(
      without,
      JSON.stringify(
        found.filter(({ sid }) => without.includes(sid)),
        undefined,
        1,
      ),
    ).toEqual([]);
  });

  it("is one of these few, and each of them is shown by a situation", () => {
    expect([...new Set(found.map(({ sid, action }) => `${sid}: ${action}`))].sort()).toEqual([
      "Administer: kms:*",
      "ListTasks: ecs:ListTasks",
      "LogInToRegistry: ecr:GetAuthorizationToken",
      "OpenExecSession: ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel",
      "Publish: kms:Decrypt kms:GenerateDataKey",
      "SendTraces: xray:GetSamplingRules xray:GetSamplingTargets xray:PutTelemetryRecords xray:PutTraceSegments",
    ]);
  });
});
