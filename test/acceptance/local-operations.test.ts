import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceCatalog } from "../../src/platform/gateway/service-catalog.ts";
import { root, World } from "../support/world.ts";

const page = join(root, "docs/local-operations.md");
const entries = Object.values(serviceCatalog).sort((a, b) => (a.service < b.service ? -1 : 1));

describe("what the documents say of the local platform's operations", () => {
  const world = new World();
  const there = new Map<string, string[]>();
  const ofApi = new Map<string, string[]>();

  beforeAll(async () => {
    const { endpoint } = await world.up();
    for (const { service, target, schemas } of entries) {
      const names = Object.keys(await schemas()).sort();
      ofApi.set(service, names);
      // A body that no protocol can read: an operation that is there refuses it and does nothing, one that is not answers 501.
      const carriedOut: string[] = [];
      for (const name of names) {
        const headers = { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" };
        const answer = await fetch(`${endpoint}/service/${target}/operation/${name}`, { method: "POST", headers, body: "\xff\xff" });
        await answer.arrayBuffer();
        expect([400, 501], `${service}:${name} answered ${answer.status}`).toContain(answer.status);
        if (answer.status !== 501) carriedOut.push(name);
      }
      there.set(service, carriedOut);
    }
  });
  afterAll(() => world.end());

  /** `UPDATE_OPERATIONS=1` writes the page anew; read the difference before committing it. */
  it("the page lists every operation that the platform carries out, and no other", () => {
    const rows = entries.map(({ service }) => {
      const own = there.get(service) ?? [];
      const behaviour = `../src/platform/services/${service}/BEHAVIOUR.md`;
      return `## [${service}](${behaviour})\n\n${own.length} operations: ${own.join(", ")}`;
    });
    const text = `${[
      "# Operations of the local platform",
      "What it carries out, by service; a service's page says how, and what differs from AWS. Any other operation is answered with\n`NotImplemented` (status 501), which names it. Held to the running platform by `test/acceptance/local-operations.test.ts`.",
      ...rows,
    ].join("\n\n")}\n`;
    if (process.env.UPDATE_OPERATIONS === "1") writeFileSync(page, text);
    expect(readFileSync(page, "utf8")).toBe(text);
  });

  it.each(entries.map(({ service }) => service))("what %s's page says before its gaps is there", (service) => {
    const text = readFileSync(join(root, `src/platform/services/${service}/BEHAVIOUR.md`), "utf8");
    const [before = ""] = text.split(/^(?:## (?:Known gaps|Gaps|Absent)|\*\*(?:Known gaps|Gaps|Not there)\.\*\*)/m);
    const named = (ofApi.get(service) ?? []).filter((name) => new RegExp(`\\b${name}\\b`).test(before));
    expect(named.filter((name) => !there.get(service)?.includes(name))).toEqual([]);
  });
});
