import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../kit/json.ts";
import { evaluate, evaluateCondition, type Scope } from "./intrinsics.ts";
import { chooseParameters, parameterRef } from "./parameters.ts";
import type { ResourceSchema } from "./resource-schema.ts";
import { conform } from "./resource-schema.ts";
import { type Goal, planStack } from "./stack-plan.ts";
import { parseTemplate } from "./template.ts";
import { TemplateError } from "./template-error.ts";
import { parseTemplateText } from "./template-text.ts";
import { validateTemplate } from "./validate-template.ts";

const schema: ResourceSchema = {
  properties: {
    Name: "string",
    Port: "integer",
    On: "boolean",
    Names: { list: "string" },
    Labels: { map: "string" },
    Inner: { ref: "Inner" },
  },
  required: [],
  createOnly: [],
  attributes: ["Arn", "Endpoint/Port"],
  definitions: { Inner: { object: { Value: "string" }, required: ["Value"] } },
};
const types = (type: string) => (type === "Test::Thing::Thing" ? { schema, updatable: true } : undefined);
const thing = (properties: object = {}) => ({ Type: "Test::Thing::Thing", Properties: properties });
const identity = {
  stackId: "arn:aws:cloudformation:eu-west-1:123456789012:stack/s/1",
  stackName: "s",
  account: "123456789012",
  region: "eu-west-1",
};

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (fault) {
    if (fault instanceof TemplateError) return fault.message;
    throw fault;
  }
  return "taken";
}

describe("the text of a template", () => {
  it("means the same in YAML's short forms and in JSON", () => {
    const yaml = `
Resources:
  A:
    Type: Test::Thing::Thing
    Properties:
      Name: !Sub "\${AWS::StackName}-\${B.Arn}"
      Names: [!Ref B, !GetAtt B.Endpoint.Port, !If [Prod, !Ref AWS::NoValue, x]]
      Version: 2012-10-17
      Port: !Select [0, !Split [",", "80,81"]]
`;
    expect(parseTemplateText(yaml)).toEqual({
      Resources: {
        A: {
          Type: "Test::Thing::Thing",
          Properties: {
            Name: { "Fn::Sub": "${AWS::StackName}-${B.Arn}" },
            Names: [{ Ref: "B" }, { "Fn::GetAtt": ["B", "Endpoint.Port"] }, { "Fn::If": ["Prod", { Ref: "AWS::NoValue" }, "x"] }],
            Version: "2012-10-17",
            Port: { "Fn::Select": [0, { "Fn::Split": [",", "80,81"] }] },
          },
        },
      },
    });
  });

  it("is refused with its place when it is not well-formed", () => {
    expect(refusal(() => parseTemplateText("Resources:\n  A: [1\n  B: 2"))).toMatch(
      /^Template format error: YAML not well-formed\. \(line 3, column \d+\)/,
    );
    expect(refusal(() => parseTemplateText('{"Resources": '))).toMatch(/^Template format error: JSON not well-formed\. \(line 1/);
    expect(refusal(() => parseTemplateText("just words"))).toBe("Template format error: unsupported structure.");
    expect(refusal(() => parseTemplateText("a: 1\na: 2"))).toContain("duplicate key");
    expect(refusal(() => parseTemplateText("a: !Nope x"))).toContain("unknown tag !Nope (line 1, column 10)");
  });

  it("cannot unfold without end", () => {
    const bomb = [
      "a0: &a0 [x,x,x,x,x,x,x,x,x,x]",
      ...Array.from({ length: 8 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(10)}]`),
    ].join("\n");
    expect(refusal(() => parseTemplateText(bomb))).toContain("unfold to too many values");
    expect(refusal(() => parseTemplateText("a: &a [*a]"))).toContain("cannot be resolved");
  });

  it("gives a template or a clear refusal, whatever the bytes", () => {
    const seed = JSON.stringify({
      Parameters: { P: { Type: "String" } },
      Resources: { A: thing({ Name: { "Fn::Sub": "${P}" } }) },
      Outputs: { O: { Value: { Ref: "A" } } },
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(seed.length), fc.string({ maxLength: 3 })), { maxLength: 4 }), (edits) => {
        let text = seed;
        for (const [at, insert] of edits) text = text.slice(0, at) + insert + text.slice(at + 1);
        refusal(() => {
          const template = parseTemplate(text);
          validateTemplate(template, types);
          chooseParameters(template.parameters, {});
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe("a template is refused before anything changes", () => {
  const check = (document: object) => refusal(() => validateTemplate(parseTemplate(JSON.stringify(document)), types));

  it.each([
    ["no resources", {}, "Template format error: At least one Resources member must be defined."],
    ["an unknown section", { Resources: { A: thing() }, Resource: {} }, "Invalid template property or properties [Resource]"],
    [
      "a resource without type",
      { Resources: { A: {} } },
      "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
    ],
    ["an unknown attribute", { Resources: { A: { ...thing(), Propertys: {} } } }, "Invalid template resource property 'Propertys'"],
    [
      "null",
      { Resources: { A: thing({ Name: null }) } },
      "Template format error: [/Resources/A/Properties/Name] 'null' values are not allowed in templates",
    ],
    [
      "unknown types, all at once",
      { Resources: { A: { Type: "B::C::D" }, E: { Type: "A::A::A" } } },
      "Template format error: Unrecognized resource types: [A::A::A, B::C::D]",
    ],
    [
      "a reference to nothing",
      { Resources: { A: thing({ Name: { Ref: "Nope" } }) } },
      "Template format error: Unresolved resource dependencies [Nope] in the Resources block of the template (used by resource A)",
    ],
    [
      "an attribute of nothing",
      { Resources: { A: thing({ Name: { "Fn::GetAtt": ["Nope", "Arn"] } }) } },
      "Template error: instance of Fn::GetAtt references undefined resource Nope (used by resource A)",
    ],
    [
      "an attribute that the type lacks",
      { Resources: { A: thing(), B: thing({ Name: { "Fn::Sub": "${A.Colour}" } }) } },
      "Template error: resource A does not support attribute type Colour in Fn::GetAtt",
    ],
    [
      "an output of nothing",
      { Resources: { A: thing() }, Outputs: { O: { Value: { Ref: "Nope" } } } },
      "Template format error: Unresolved resource dependencies [Nope] in the Outputs block of the template (used by output O)",
    ],
    [
      "a circle",
      {
        Resources: {
          A: thing({ Name: { Ref: "B" } }),
          B: { ...thing(), DependsOn: "C" },
          C: thing({ Name: { "Fn::Sub": "${A}" } }),
          D: thing({ Name: { Ref: "A" } }),
        },
      },
      "Circular dependency between resources: [A, B, C]",
    ],
    [
      "a condition that does not exist",
      { Resources: { A: { ...thing(), Condition: "Prod" } } },
      "Template format error: Unresolved condition dependency Prod in the Resources block of the template",
    ],
    [
      "a condition on a resource",
      { Conditions: { C: { "Fn::Equals": [{ Ref: "A" }, "x"] } }, Resources: { A: thing() } },
      "Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template",
    ],
  ])("for %s", (_, document, message) => {
    expect(check(document)).toBe(message);
  });

  it("for macros, which do not run here", () => {
    expect(check({ Transform: "AWS::Serverless-2016-10-31", Resources: { A: thing() } })).toContain("macros do not run here");
  });
});

describe("properties", () => {
  it("take the types of the schema, as CloudFormation takes them", () => {
    const { properties, problems } = conform(
      { Name: 80, Port: "80", On: "true", Names: "one", Labels: { a: 1 }, Inner: { Value: true } },
      schema,
    );
    expect(problems).toEqual([]);
    expect(properties).toEqual({ Name: "80", Port: 80, On: true, Names: ["one"], Labels: { a: "1" }, Inner: { Value: "true" } });
  });

  it("that do not fit are all named", () => {
    const { problems } = conform({ Colour: "red", Port: "many", Inner: { Valu: 1 } }, schema);
    expect(problems).toEqual([
      "#: extraneous key [Colour] is not permitted",
      "#/Port: expected type: Integer, found: String",
      "#/Inner: required key [Value] not found",
      "#/Inner: extraneous key [Valu] is not permitted",
    ]);
  });
});

describe("parameters", () => {
  const definitions = parseTemplate(
    JSON.stringify({
      Parameters: {
        Size: { Type: "Number", Default: 2, MinValue: 1, MaxValue: 10 },
        Stage: { Type: "String", AllowedValues: ["dev", "prod"] },
        Subnets: { Type: "AWS::SSM::Parameter::Value<List<AWS::EC2::Subnet::Id>>", Default: "/subnets" },
        Name: { Type: "String", Default: "abc", AllowedPattern: "[a-z]+", ConstraintDescription: "small letters" },
      },
      Resources: { A: thing() },
    }),
  ).parameters;
  const choose = (given: Record<string, string>) =>
    chooseParameters(definitions, Object.fromEntries(Object.entries(given).map(([name, value]) => [name, { value }])));

  it("take what is given, then the previous value where asked, then the default", () => {
    expect(choose({ Stage: "dev" })).toEqual({ Size: "2", Stage: "dev", Subnets: "/subnets", Name: "abc" });
    expect(chooseParameters(definitions, { Stage: { usePreviousValue: true } }, { Stage: { value: "prod" } }).Stage).toBe("prod");
  });

  it.each([
    [{}, "Parameters: [Stage] must have values"],
    [{ Stage: "dev", Other: "x" }, "Parameters: [Other] do not exist in the template"],
    [{ Stage: "test" }, "Parameter 'Stage' must be one of AllowedValues"],
    [{ Stage: "dev", Size: "11" }, "Parameter 'Size' must be a number not greater than 10"],
    [{ Stage: "dev", Size: "two" }, "Parameter 'Size' must be a number."],
    [{ Stage: "dev", Name: "ABC" }, "Parameter Name failed to satisfy constraint: small letters"],
  ])("are refused: %o", (given, message) => {
    expect(refusal(() => choose(given))).toBe(message);
  });

  it("stay numbers and lists", () => {
    expect(parameterRef(definitions.Size!, { value: "2" })).toBe(2);
    expect(parameterRef(definitions.Subnets!, { value: "/subnets", resolved: "subnet-1, subnet-2" })).toEqual(["subnet-1", "subnet-2"]);
  });
});

describe("intrinsic functions", () => {
  const scope: Scope = {
    region: "eu-west-1",
    ref: (name) => ({ Name: "n", List: ["a", "b"], Count: 3 })[name],
    getAtt: (logicalId, attribute) => `${logicalId}/${attribute}`,
    condition: (name) => name === "Yes",
    mapping: (map, first, second) => (map === "M" && first === "one" && second === "two" ? "mapped" : undefined),
    importValue: (name) => `imported-${name}`,
    zones: (region) => [`${region}a`, `${region}b`],
  };

  it.each([
    [{ "Fn::Sub": "${Name}-${A.Arn}-${!Kept}-${Count}" }, "n-A/Arn-${Kept}-3"],
    [{ "Fn::Sub": ["${X}${Name}", { X: { "Fn::Join": ["+", { Ref: "List" }] } }] }, "a+bn"],
    [{ "Fn::Join": ["-", ["a", { Ref: "Count" }, { "Fn::GetAtt": "A.B.C" }]] }, "a-3-A/B.C"],
    [{ "Fn::Select": ["1", { "Fn::GetAZs": "" }] }, "eu-west-1b"],
    [{ "Fn::Split": ["|", "a||b"] }, ["a", "", "b"]],
    [{ "Fn::If": ["No", 1, { "Fn::If": ["Yes", "y", "n"] }] }, "y"],
    [{ "Fn::FindInMap": ["M", "one", "two"] }, "mapped"],
    [{ "Fn::FindInMap": ["M", "one", "three", { DefaultValue: "fallback" }] }, "fallback"],
    [{ "Fn::ImportValue": { "Fn::Sub": "${Name}-x" } }, "imported-n-x"],
    [{ "Fn::Base64": "grüße" }, "Z3LDvMOfZQ=="],
    [{ "Fn::Cidr": ["10.0.0.0/16", 3, "8"] }, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]],
    [
      { a: { Ref: "Count" }, Condition: { StringEquals: { x: "y" } } },
      { a: 3, Condition: { StringEquals: { x: "y" } } },
    ],
  ])("%j", (expression, value) => {
    expect(evaluate(expression as Json, scope)).toEqual(value);
  });

  it("make what is AWS::NoValue disappear", () => {
    const plan = planStack(
      goalOf({
        Conditions: { Never: { "Fn::Equals": [{ Ref: "AWS::Region" }, "x"] } },
        Resources: { A: thing({ Name: { "Fn::If": ["Never", "x", { Ref: "AWS::NoValue" }] }, Names: ["a", { Ref: "AWS::NoValue" }] }) },
      }),
      identity,
      types,
    );
    expect(
      evaluate(
        plan.resources.A!.properties,
        plan.scope(
          () => undefined,
          () => undefined,
        ),
      ),
    ).toEqual({ Names: ["a"] });
  });

  it.each([
    [{ "Fn::Select": [5, ["a"]] }, "Template error: Fn::Select cannot select nonexistent value at index 5"],
    [{ "Fn::FindInMap": ["M", "one", "three"] }, "Template error: Unable to get mapping for M::one::three"],
    [{ "Fn::Sub": "${List}" }, "Template error: variable List in Fn::Sub expression does not resolve to a string"],
    [{ "Fn::Nope": 1 }, "Template error: unsupported function Fn::Nope"],
  ])("that cannot be evaluated say why: %j", (expression, message) => {
    expect(refusal(() => evaluate(expression, scope))).toBe(message);
  });

  it("decide conditions", () => {
    const equals = (a: unknown, b: unknown) => ({ "Fn::Equals": [a, b] });
    expect(evaluateCondition({ "Fn::And": [{ Condition: "Yes" }, { "Fn::Not": [equals("1", "2")] }] } as never, scope)).toBe(true);
    expect(evaluateCondition({ "Fn::Or": [{ Condition: "No" }, equals(3, { Ref: "Count" })] } as never, scope)).toBe(true);
    expect(evaluateCondition(equals("3", { Ref: "Count" }) as never, scope)).toBe(true);
  });
});

describe("a resource whose condition does not hold", () => {
  const template = (use: object) => ({
    Parameters: { Stage: { Type: "String", Default: "dev" } },
    Conditions: { Prod: { "Fn::Equals": [{ Ref: "Stage" }, "prod"] } },
    Resources: { Maybe: { ...thing(), Condition: "Prod" }, Other: thing(use) },
  });

  it("is not there, and nothing waits for it", () => {
    const plan = planStack(goalOf(template({ Name: { "Fn::If": ["Prod", { Ref: "Maybe" }, "none"] } })), identity, types);
    expect(plan.order).toEqual(["Other"]);
    expect(plan.dependencies.Other).toEqual([]);
  });

  it("cannot be used where it is not there", () => {
    expect(refusal(() => planStack(goalOf(template({ Name: { Ref: "Maybe" } })), identity, types))).toContain(
      "Unresolved resource dependencies [Maybe]",
    );
  });
});

function goalOf(document: object): Goal {
  const templateText = JSON.stringify(document);
  const values = chooseParameters(parseTemplate(templateText).parameters, {});
  return {
    templateText,
    parameters: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }])),
    tags: {},
    capabilities: [],
    masked: [],
    zones: {},
  };
}
