import { describe, expect, it } from "vitest";
import { readDefinition } from "./read-definition.ts";

const task = "arn:aws:states:::ecs:runTask.sync";
const single = (state: Record<string, unknown>) => ({ StartAt: "S", States: { S: { End: true, ...state } } });

describe("a definition", () => {
  const problems = (definition: unknown): string[] => {
    const text = typeof definition === "string" ? definition : JSON.stringify(definition);
    const reading = readDefinition(text, (resource) => resource === task);
    return "problems" in reading ? reading.problems.map(({ code, message, location }) => `${code} ${location}: ${message}`) : [];
  };

  it.each([
    ["{", /^INVALID_JSON_DESCRIPTION \//],
    [{ StartAt: "X", States: { S: { Type: "Succeed" } } }, /^MISSING_TRANSITION_TARGET \/StartAt: Missing 'StartAt' target: X$/],
    [{ StartAt: "S", States: { S: { Type: "Succeed" }, T: { Type: "Succeed" } } }, /State "T" is not reachable/],
    [single({ Type: "Pass", Next: "S" }), /either Next or End/],
    [{ StartAt: "S", States: { S: { Type: "Pass", Next: "N" } } }, /\/States\/S\/Next: Missing 'Next' target: N/],
    [single({ Type: "Task", Resource: "arn:aws:states:::lambda:invoke" }), /not recognized/],
    [single({ Type: "Task", Resource: task, Ressource: 1 }), /Field 'Ressource' is not supported/],
    [single({ Type: "Task", Resource: task, Parameters: { "x.$": "$[" } }), /\/States\/S\/Parameters\/x\.\$/],
    [single({ Type: "Task", Resource: task, Parameters: { a: [{ "x.$": "States.Nope()" }] } }), /not an intrinsic function/],
    [single({ Type: "Task", Resource: task, Retry: [{ ErrorEquals: ["States.ALL", "X"] }] }), /must appear alone/],
    [single({ Type: "Task", Resource: task, ResultPath: "$.a[*]" }), /reference path/],
    [single({ Type: "Wait", Seconds: 1, Timestamp: "2026-01-01T00:00:00Z" }), /exactly one of/],
    [single({ Type: "Wait", Timestamp: "tomorrow" }), /a time like/],
    [single({ Type: "Pass", QueryLanguage: "JSONata" }), /JSONPath only/],
    [
      single({
        Type: "Map",
        ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED" }, StartAt: "I", States: { I: { Type: "Succeed" } } },
      }),
      /inline only/,
    ],
    [
      { StartAt: "C", States: { C: { Type: "Choice", Choices: [{ Variable: "$.a", Equals: 1, Next: "C" }] } } },
      /'Equals' is not an operator/,
    ],
    [{ StartAt: "C", States: { C: { Type: "Choice", Choices: [{ Variable: "$.a", IsNull: true }] } } }, /Next is missing/],
    [single({ Type: "Parallel", Branches: [{ StartAt: "X", States: {} }] }), /Branches\[0\]\/States: States is missing/],
  ])("is refused: %j", (definition, expected) => {
    expect(problems(definition).join("\n")).toMatch(expected);
  });

  it("tells all that is wrong at once", () => {
    expect(problems(single({ Type: "Task", Resource: task, TimeoutSeconds: 0, InputPath: "a", Retry: 1 }))).toHaveLength(3);
  });
});
