/** Every verb under `--output json`: stdout holds JSON and nothing else, whatever happens, and the exit code is a documented one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Verb } from "../../src/cli/verb.ts";
import { verbs } from "../../src/cli/verbs.ts";
import type { Outcome } from "../support/outcome.ts";
import { serviceFiles } from "../support/service.ts";
import { eventually, freePort, World } from "../support/world.ts";

interface Case {
  /** What fails while the verb still has something to do, with its exit code. */
  readonly failsBefore?: readonly (readonly [args: readonly string[], exitCode: number])[];
  /** What succeeds: the words behind the verb. None where the verb was shown to succeed elsewhere in the test. */
  readonly done: readonly (readonly string[])[];
  /** What fails in the verb itself, with its exit code. */
  readonly fails?: readonly (readonly [args: readonly string[], exitCode: number])[];
  /** It speaks to the platform, and says when that does not run (FSD6001). */
  readonly platform?: readonly string[];
}

const blueGreen = (hooks: string): string => `  deployment: {strategy: blue-green, bakeTime: 1m${hooks}}\n`;
const paused = ", hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true, timeout: 24h}]";
const job = `apiVersion: fsd/v1
kind: Job
metadata: {name: report}
job:
  build: {context: .}
  command: [node, -e, "console.log('reported'); process.exit(Number(process.env.CODE ?? 0))"]
`;

/** In the order in which they are run. `told` and `report` are deployed, `shifted` is as well, and paused before `promote` and `abort`. */
const cases: Readonly<Record<string, Case>> = {
  validate: { done: [["-f", "told"]], fails: [[["-f", "broken.yml"], 2]] },
  fmt: { done: [["-f", "told"]], fails: [[["-f", "unreadable.yml"], 2]] },
  explain: { done: [[], ["resources.cpu"], ["FSD7005"], ["-f", "told", "resources.cpu"]], fails: [[["resources.cpus"], 2]] },
  schema: { done: [[]] },
  render: {
    done: [
      ["-f", "told"],
      ["-f", "told", "-f", "shifted"],
    ],
    fails: [
      [["-f", "broken.yml"], 2],
      [["-f", "told", "--service", "x"], 2],
    ],
  },
  "env render": {
    done: [[]],
    fails: [
      [["--env", "prod"], 2],
      [["-f", "broken.yml"], 2],
    ],
  },
  "env show": {
    done: [["local"]],
    fails: [
      [["prod"], 2],
      [["local", "-f", "broken.yml"], 2],
    ],
  },
  forecast: {
    done: [["-f", "told"]],
    fails: [
      [["-f", "broken.yml"], 2],
      [["-f", "told", "--service", "x"], 2],
    ],
  },
  simulate: {
    done: [["-f", "told", "--rps", "5", "--hours", "0.2"]],
    fails: [
      [["-f", "broken.yml"], 2],
      [["-f", "told", "--rps", "x"], 2],
    ],
  },
  init: { done: [["--name", "first", "--port", "8000", "--yes"]], fails: [[["--yes"], 2]] },
  "local up": {
    done: [[]],
    fails: [
      [["--speed", "3"], 2],
      [["--account", "1"], 2],
    ],
  },
  "local status": { done: [[]], platform: [] },
  deploy: {
    done: [["-f", "told", "--yes"]],
    fails: [
      [["-f", "broken.yml"], 2],
      [["-f", "told", "--env", "prod"], 2],
      [["-f", "nowhere"], 2],
      [["-f", "fails-at-once", "--yes"], 1],
      [["-f", "fails-again", "--yes"], 4],
    ],
  },
  run: {
    done: [["report"], ["report", "--wait"]],
    fails: [
      [["reporter"], 2],
      [["told"], 2],
      [["report", "--wait", "--set", "CODE=7"], 7],
    ],
    platform: ["report"],
  },
  status: {
    done: [[], ["told"], ["told", "--url"]],
    fails: [
      [["tolt"], 2],
      [["report", "--url"], 2],
    ],
    platform: [],
  },
  logs: {
    done: [["told"], ["told", "--filter", "never said"]],
    fails: [
      [["tolt"], 2],
      [["told", "--since", "x"], 2],
    ],
    platform: ["told"],
  },
  unfreeze: {
    done: [["told", "--reason", "all is well"]],
    fails: [
      [["told"], 2],
      [["tolt", "--reason", "x"], 2],
    ],
    platform: ["told", "--reason", "x"],
  },
  approvals: {
    done: [[]],
    fails: [
      [["told"], 2],
      [["--tail", "x"], 2],
    ],
    platform: [],
  },
  "local reclaim": {
    done: [["told", "--count", "1"]],
    fails: [
      [["shifted"], 2],
      [["tolt"], 2],
    ],
    platform: ["told"],
  },
  promote: {
    done: [],
    fails: [
      [["told", "--yes"], 2],
      [["tolt", "--yes"], 2],
    ],
    platform: ["told"],
  },
  abort: { done: [], fails: [[["told", "--yes"], 2]], platform: ["told"] },
  delete: {
    done: [["told", "--yes"]],
    fails: [
      [["tolt", "--yes"], 2],
      [["shifted"], 3],
      [[], 2],
    ],
    platform: ["told", "--yes"],
  },
  "local down": { done: [[], []] },
  "local reset": { failsBefore: [[[], 3]], done: [["--yes"], []] },
};

/** The values on stdout, which must be all there is; a verb without `jsonLines` prints exactly one. */
function values(outcome: Outcome, { jsonLines }: Verb, what: string): unknown[] {
  const { stdout, stderr } = outcome;
  expect(stderr, what).not.toMatch(/^\s+at .*:\d+:\d+\)?$|fsd has a bug/m);
  try {
    const all = jsonLines === true ? stdout.split("\n").filter((line) => line !== "") : [stdout];
    return all.map((text) => JSON.parse(text));
  } catch (error) {
    throw new Error(`${what} printed what is not JSON (${error}):\n${stdout}\n${stderr}`);
  }
}

/** How a verb says what is wrong: an error with a code, diagnostics, or (of a deployment, of a run) its outcome. */
function saysWhy(told: readonly unknown[]): boolean {
  const last = told.at(-1) as { error?: { code?: string; message?: string }; type?: string; outcome?: string };
  if (Array.isArray(last)) return last.some(({ code, severity }) => /^FSD\d{4}$/.test(code) && severity === "error");
  if (last.error !== undefined) return /^FSD[5-8]\d{3}$/.test(last.error.code ?? "") && (last.error.message ?? "") !== "";
  return last.type === "diagnostics" || (last.type === "outcome" && last.outcome !== "live");
}

const documented = ({ name, exitCodes = [] }: Verb): readonly number[] | undefined =>
  name === "run" ? undefined : [0, 1, 2, ...exitCodes];

describe("every verb under --output json", () => {
  const world = new World();
  beforeAll(() => {
    world.write("told", withSpot(serviceFiles("told", { version: "1" })));
    world.write("shifted", serviceFiles("shifted", { version: "1" }, blueGreen("")));
    world.write("report", { ...serviceFiles("report", { version: "1" }), "fsd.yml": job });
    world.write("fails-at-once", serviceFiles("hapless", { version: "1", program: "exits" }));
    world.write("fails-again", withSpot(serviceFiles("told", { version: "2", program: "exits" })));
    world.write(".", {
      "broken.yml": "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice: {prot: 80}\n",
      "unreadable.yml": "a: [\n",
    });
  });
  afterAll(() => world.end());

  const fsd = (verb: Verb, args: readonly string[]): Promise<Outcome> => world.fsd(...verb.name.split(" "), ...args, "--output", "json");
  const verb = (name: string): Verb => verbs.find((one) => one.name === name) as Verb;

  async function refusedBy(one: Verb, args: readonly string[], exitCode: number): Promise<void> {
    const what = `fsd ${one.name} ${args.join(" ")}`;
    const outcome = await fsd(one, args);
    expect(outcome.status, `${what}\n${outcome.stdout}\n${outcome.stderr}`).toBe(exitCode);
    expect(documented(one) ?? [exitCode], what).toContain(exitCode);
    expect(saysWhy(values(outcome, one, what)), `${what} says why\n${outcome.stdout}`).toBe(true);
  }

  it("prints JSON and nothing else when it succeeds and when it fails, with a documented exit code", async () => {
    expect(Object.keys(cases).sort(), "every verb has a case").toEqual(verbs.map(({ name }) => name).sort());
    const started = await world.fsd("local", "up", "--port", String(await freePort()), "--speed", "20", "--output", "json");
    expect(JSON.parse(started.stdout), started.stderr).toMatchObject({ speed: 20 });
    const deployed = await fsd(verb("deploy"), ["-f", "told", "-f", "shifted", "-f", "report", "--yes"]);
    expect(deployed).toExitWith(0);
    values(deployed, verb("deploy"), "deploy");

    for (const [name, { failsBefore = [], done, fails = [] }] of Object.entries(cases)) {
      const one = verb(name);
      if (name === "promote" || name === "abort") {
        const version = name === "promote" ? "2" : "3";
        world.write("shifted", serviceFiles("shifted", { version }, blueGreen(paused)));
        const going = fsd(verb("deploy"), ["-f", "shifted", "--yes"]);
        await eventually("it pauses", async () => {
          const status = await world.json<{ pauses?: unknown[]; ongoing?: { pauses: unknown[] } | null }>("status", "shifted");
          return (status.ongoing?.pauses ?? []).length > 0;
        });
        const refused = await fsd(one, ["shifted"]);
        expect(refused.status, "without a terminal and without --yes").toBe(3);
        expect(saysWhy(values(refused, one, name))).toBe(true);
        const asked = await fsd(one, ["shifted", "--yes"]);
        expect(asked).toExitWith(0);
        values(asked, one, name);
        const ended = await going;
        expect(ended.status, ended.stdout).toBe(name === "promote" ? 0 : 4);
        values(ended, verb("deploy"), `deploy beside ${name}`);
      }
      for (const [args, exitCode] of failsBefore) await refusedBy(one, args, exitCode);
      for (const args of done) {
        const what = `fsd ${name} ${args.join(" ")}`;
        const outcome = await fsd(one, args);
        expect(outcome.status, `${what}\n${outcome.stdout}\n${outcome.stderr}`).toBe(0);
        values(outcome, one, what);
      }
      for (const [args, exitCode] of [...fails, [["--no-such-option"], 2] as const]) await refusedBy(one, args, exitCode);
    }
  }, 300_000);
});

describe("every verb under --output json without a platform", () => {
  const world = new World();
  afterAll(() => world.end());

  it.each(Object.entries(cases).filter(([, { platform }]) => platform !== undefined))(
    "%s says that none runs, as JSON",
    async (name, { platform = [] }) => {
      const outcome = await world.fsd(...name.split(" "), ...platform, "--output", "json");
      expect(outcome).toExitWith(1);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ error: { code: "FSD6001", hint: "fsd local up" } });
    },
  );
});

/** Its tasks may be reclaimed. */
function withSpot(files: Record<string, string>): Record<string, string> {
  return { ...files, "fsd.yml": (files["fsd.yml"] ?? "").replace("  networking:", "  spot: true\n  networking:") };
}
