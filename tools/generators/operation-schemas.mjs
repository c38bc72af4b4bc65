// Names the operation schemas of each SDK client, so that a bundle carries those and nothing else of the client.
import { services } from "./services.mjs";

const OPERATION = 9;

export async function files() {
  const written = new Map();
  for (const { service, knows = () => true } of services) {
    const client = await import(`@aws-sdk/client-${service}`);
    const operations = Object.values(client)
      .filter((value) => Array.isArray(value) && value[0] === OPERATION && knows(value[2]))
      .map((tuple) => tuple[2])
      .sort();
    const lines = operations.map((operation) => `  ${operation}$ as ${operation},\n`);
    written.set(
      `src/platform/gateway/generated/operations/${service}.ts`,
      `// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-${service}; do not edit.\nexport {\n${lines.join("")}} from "@aws-sdk/client-${service}";\n`,
    );
  }
  return written;
}
