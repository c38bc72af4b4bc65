/** `docs/flat-dialect.md`, from the same table that reads the dialect. */
import { type FlatSection, flatRoot, flatSections, shortTypes, type Turn } from "./flat-sections.ts";

const turns: Readonly<Record<Turn, string>> = {
  inverted: "`true` becomes `false` and the reverse",
  listed: "a text becomes a list of one",
  path: "a text becomes `{path: …}`",
  context: "a text becomes `{context: …}`",
  secrets: "a map of names and places becomes a list of `{name, valueFrom}`",
  dependencies: "see below",
  statements: "`action` and `resource`, also with a capital as IAM writes them, become lists",
  platform: "`ecs`, `fargate` and `ecs-fargate` are `ecs`; anything else is refused with what to use instead",
};

const example = `name: payment-api
platform: ecs
team: payments
compute: {cpu: 512, memory: 1024}
networking: {port: 8080, public: false, health_check: /healthz}
scaling: {min: 2, max: 6, target_cpu: 60}
environment:
  LOG_LEVEL: INFO
  DB_PASSWORD: \${secrets:payments/db:password}
dependencies:
  - {type: aws_dynamodb_table, name: "\${ENV}-orders", unmanaged: {permissions: [dynamodb:GetItem]}}
  - {type: aws_sqs_queue, name: "\${ENV}-jobs", managed: {visibility_timeout: 300}}
iam:
  policy_statements:
    - {effect: Allow, actions: [ses:SendEmail], resources: ["arn:aws:ses:us-east-1:123456789012:identity/example.com"]}
`;

export function flatPage(): string {
  const sections = Object.entries(flatSections).map(([name, section]) => `## \`${name}\`\n\n${table(name, section)}`);
  const types = Object.entries(shortTypes).map(([short, long]) => `\`${short}\` is \`${long}\``);
  return `# The flat dialect

How services were written before \`apiVersion: fsd/v1\`. A document without \`apiVersion\` and \`kind\` that has \`platform\` or
\`compute\`, or a \`name\` with \`scaling\` or \`team\`, is read as one. Every old spelling is remarked upon (FSD1108) at its place,
and \`fsd fmt --upgrade\` writes the file in today's spelling, with its comments. Capitals, hyphens and underscores make no
difference to a key: \`target_cpu\`, \`target-cpu\` and \`targetCpu\` are one, and so it is in every map below. Unknown keys are errors.

\`\`\`yaml
${example}\`\`\`

## The document

${table("", flatRoot)}
Every other field of \`service\` and \`metadata\` may stand here under its own name, and \`iam\`, \`overrides\` and \`environments\` too;
a block of \`environments\` is written like the document.

${sections.join("\n")}
## \`dependencies\`

A list, or a map by name. What \`unmanaged\` holds (\`permissions\`, \`access\`, \`arn\`, …) is said of a thing that is there; \`managed\`
holds the settings of one that the stack creates. A table's \`attributes\` and \`keySchema\`, beside or inside \`managed\`, become
\`partitionKey\` and \`sortKey\`. Short types: ${types.join(", ")}.

## What stays

\`environment: {X: \${secrets:name:key}}\` is today's spelling too. What runs by the clock is a \`kind: Job\`, which the flat dialect
does not have.

## Old spellings within \`fsd/v1\`

| old | now |
|---|---|
| \`metadata.owner\` | \`metadata.owners\`, a list |
| \`metadata.team\` | \`metadata.pack\` |
| \`service.autoScaling.targetCPU\`, \`targetMemory\` | \`targetCPUUtilization\`, \`targetMemoryUtilization\` |
| \`service.autoScaling.minCount\`, \`maxCount\` | \`service.resources.minCapacity\`, \`maxCapacity\` |
| a table's \`attributes\`, \`keySchema\` | \`managed.partitionKey\`, \`managed.sortKey\` |
`;
}

function table(name: string, { into, keys }: FlatSection): string {
  const rows = Object.entries(keys).map(
    ([key, { now, turn }]) => `| \`${name === "" ? key : `${name}.${key}`}\` | \`${now}\` | ${turn === undefined ? "" : turns[turn]} |`,
  );
  const rest = into.filter((path) => path !== "" && name !== "");
  return `| key | now | value |\n|---|---|---|\n${rows.join("\n")}\n${rest.length === 0 ? "" : `\nOther keys are fields of ${rest.map((path) => `\`${path}\``).join(", else of ")}.\n`}`;
}

/** The document of the page, for the test that it is read. */
export const flatExample = example;
