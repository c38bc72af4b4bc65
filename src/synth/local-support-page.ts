/** The page that says, field by field, what a manifest becomes and whether the local platform has it. Written by `npm run generate`. */
import { fieldResources } from "./field-resources.ts";
import { localTypes } from "./generated/local-types.ts";

export function localSupportPage(): string {
  const rows = fieldResources.map(({ kind, field, dependency, value, types }) => {
    const only = [dependency, value].filter((part) => part !== undefined).map((part) => ` (\`${part}\`)`);
    const lacking = types.filter((type) => !localTypes.has(type)).map(short);
    const status = lacking.length === 0 ? "yes" : lacking.length === types.length ? "no" : `without ${lacking.join(", ")}`;
    return `| ${kind} | \`${field}\`${only.join("")} | ${types.map(short).join(", ")} | ${status} |`;
  });
  return `<!-- Written by \`npm run generate\` from src/synth; do not edit. -->
# What there is on local

What the fields of a manifest become, as CloudFormation resource types (without \`AWS::\`), and whether the local platform has them. A type that it lacks is refused by \`fsd deploy --env local\` before anything changes ([FSD1904](errors/FSD1904.md)), and only where the template really has it: \`environments.local\` may leave the field out, and on \`local\` no alias records are made. \`service\`, \`job\` and \`environment\` stand for what every such document becomes. Fields that are not listed change properties of these resources.

| kind | field | becomes | on local |
|---|---|---|---|
${rows.join("\n")}

Further types for \`overrides\`: ${[...localTypes]
    .filter((type) => !fieldResources.some(({ types }) => (types as readonly string[]).includes(type)))
    .map(short)
    .join(", ")}.
`;
}

function short(type: string): string {
  return type.replace(/^AWS::/, "");
}
