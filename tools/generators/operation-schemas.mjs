// What the gateway needs of each SDK client: the schemas of its operations. For most services a list of names suffices, and the
// bundle takes them from the client. EC2's schemas cannot be taken apart by a bundler (1 MB for sixty operations), so those that
// are needed are copied out, as a table that src/platform/gateway/schema-table.ts reads.
import { services } from "./services.mjs";

const SIMPLE = 0;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const UNION = 4;
const OPERATION = 9;

export async function files() {
  const written = new Map();
  for (const { service, knows = () => true, copied = false } of services) {
    const client = await import(`@aws-sdk/client-${service}`);
    const operations = Object.values(client)
      .filter((value) => Array.isArray(value) && value[0] === OPERATION && knows(value[2]))
      .sort((a, b) => (a[2] < b[2] ? -1 : 1));
    const path = `src/platform/gateway/generated/operations/${service}`;
    if (copied) written.set(`${path}.json`, tableOf(operations));
    else written.set(`${path}.ts`, namesOf(service, operations));
  }
  return written;
}

function namesOf(service, operations) {
  const lines = operations.map(([, , name]) => `  ${name}$ as ${name},\n`);
  return `// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-${service}; do not edit.\nexport {\n${lines.join("")}} from "@aws-sdk/client-${service}";\n`;
}

/**
 * `shapes`: each `[kind, name, traits, …]` as the SDK has it, without the namespace; a type is a number (a scalar), a text (`unit`,
 * or the place of a shape) or a pair of these and a member's traits. `operations`: name → types of input and output.
 */
function tableOf(operations) {
  const shapes = [];
  const places = new Map();

  const typeOf = (reference) => {
    if (typeof reference === "number" || typeof reference === "string") return reference;
    const resolved = typeof reference === "function" ? reference() : reference;
    if (typeof resolved === "number" || typeof resolved === "string") return resolved;
    if (resolved.length === 2) return [typeOf(resolved[0]), resolved[1]];
    if (!places.has(resolved)) {
      places.set(resolved, shapes.length);
      const shape = [];
      shapes.push(shape);
      shape.push(...shapeOf(resolved));
    }
    return String(places.get(resolved));
  };

  const shapeOf = ([kind, , name, traits, ...rest]) => {
    switch (kind) {
      case SIMPLE:
      case LIST:
        return [kind, name, traits, typeOf(rest[0])];
      case MAP:
        return [kind, name, traits, typeOf(rest[0]), typeOf(rest[1])];
      case STRUCTURE:
      case UNION:
        return [kind, name, traits, rest[0], rest[1].map(typeOf)];
      default:
        throw new Error(`a schema of kind ${kind} (${name}) cannot be copied`);
    }
  };

  const entries = operations.map(([, , name, , input, output]) => [name, [typeOf(input), typeOf(output)]]);
  const rows = shapes.map((shape) => `  ${JSON.stringify(shape)}`).join(",\n");
  const named = entries.map(([name, types]) => `  ${JSON.stringify(name)}: ${JSON.stringify(types)}`).join(",\n");
  const namespace = JSON.stringify(operations[0][1]);
  return `{\n"namespace": ${namespace},\n"shapes": [\n${rows}\n],\n"operations": {\n${named}\n}\n}\n`;
}
