/** What a person sees on a small terminal: nothing is left of what was drawn over, addresses and causes stay whole, the cursor comes back. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { type OnTerminal, onTerminal, type Screen } from "../support/terminal.ts";
import { eventually, root, World } from "../support/world.ts";

const spinner = /[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/;

describe("on a narrow terminal", () => {
  const world = new World();
  beforeAll(() => world.up("--speed", "20"));
  afterAll(() => world.end());

  function fsd(columns: number, args: readonly string[], env: Record<string, string> = {}, hear?: (screen: Screen) => void): OnTerminal {
    const surroundings = { PATH: process.env.PATH ?? "", HOME: world.folder, FSD_STATE_DIR: world.stateDir, LANG: "C.UTF-8", ...env };
    return onTerminal(
      [process.execPath, join(root, "bin", "fsd"), ...args],
      { columns, rows: 16 },
      { cwd: world.folder, env: surroundings },
      hear,
    );
  }

  /** The deployment of a service that never becomes healthy, once its view moves. */
  async function endless(name: string): Promise<OnTerminal> {
    const folder = world.write(name, serviceFiles(name, { version: "1", program: "unhealthy" }));
    const deploying = fsd(40, ["deploy", "-f", folder]);
    await eventually("the view moves", async () => deploying.screen.lines.some((line) => /Service AWS::ECS::Service/.test(line)));
    expect(deploying.screen.cursorVisible).toBe(false);
    return deploying;
  }

  it.each([40, 60])("of %i columns every step stands once, the address whole, and the cursor was hidden once", async (columns) => {
    const name = `a-service-whose-name-is-long-${columns}`;
    const folder = world.write(name, serviceFiles(name, { version: "1" }));
    const { ended, screen } = fsd(columns, ["deploy", "-f", folder]);
    expect(await ended, screen.lines.join("\n")).toEqual({ status: 0 });
    const { url } = await world.status(name);
    const { lines } = screen;
    expect(lines).toContain(`  ${url}`);
    expect(lines).toContain(`  next: fsd status ${name} --env local · fsd logs ${name} --env local -f`);
    expect(lines.filter((line) => spinner.test(line))).toEqual([]);
    for (const once of ["packed sha256:", `image repository ${name}`, `stack fsd-local-${name} created`, "is live: 2 of 2 tasks running"]) {
      expect(
        lines.filter((line) => line.includes(once)),
        `${once} in\n${lines.join("\n")}`,
      ).toHaveLength(1);
    }
    expect(screen).toMatchObject({ hidden: 1, cursorVisible: true });
  });

  it("a failed deployment tells its cause, evidence and fix whole, once", async () => {
    const folder = world.write("hapless", serviceFiles("hapless", { version: "1", program: "exits" }));
    const { ended, screen } = fsd(40, ["deploy", "-f", folder]);
    expect(await ended).toEqual({ status: 1 });
    const { lines } = screen;
    for (const whole of [
      "  cause  the program wants the environment variable DATABASE_URL and exits with code 3",
      "         app | FATAL version 1: DATABASE_URL is not set",
      `         $ fsd deploy -f hapless/fsd.yml --env local --service hapless --set DATABASE_URL=<value>`,
    ]) {
      expect(
        lines.filter((line) => line === whole),
        `${whole} in\n${lines.join("\n")}`,
      ).toHaveLength(1);
    }
    expect(lines.filter((line) => spinner.test(line))).toEqual([]);
    expect(screen).toMatchObject({ hidden: 1, cursorVisible: true });
  });

  it("Ctrl-C ends the view with what goes on, and gives the cursor back", async () => {
    const { ended, screen, type } = await endless("interrupted");
    type("\u0003");
    expect(await ended).toEqual({ status: 130 });
    expect(screen.lines.join("\n")).toMatch(
      /stopped watching interrupted: fsd-local-interrupted is \w+_IN_PROGRESS, and the deployment goes on/,
    );
    expect(screen).toMatchObject({ hidden: 1, cursorVisible: true });
  });

  it("Ctrl-\\ gives the cursor back", async () => {
    const { ended, screen, type } = await endless("quit");
    type("\u001c");
    expect((await ended).status).not.toBe(0);
    expect(screen).toMatchObject({ hidden: 1, cursorVisible: true });
  });

  it("a crash in the middle gives the cursor back", async () => {
    const crash = join(world.folder, "crash.cjs");
    writeFileSync(
      crash,
      `const write = process.stdout.write.bind(process.stdout);
       process.stdout.write = (text, ...more) => {
         if (/AWS::ECS::Service/.test(text)) setImmediate(() => { throw new Error("an accident"); });
         return write(text, ...more);
       };`,
    );
    const folder = world.write("crashed", serviceFiles("crashed", { version: "1", program: "unhealthy" }));
    const { ended, screen } = fsd(40, ["deploy", "-f", folder], { NODE_OPTIONS: `--require ${crash}` });
    expect((await ended).status).not.toBe(0);
    expect(screen.lines.join("\n")).toContain("an accident");
    expect(screen).toMatchObject({ hidden: 1, cursorVisible: true });
  });

  it("the table of services becomes a list, with every address whole", async () => {
    const folder = world.write("listed-service-one", serviceFiles("listed-service-one", { version: "1" }));
    expect(await world.fsd("deploy", "-f", folder, "--yes")).toExitWith(0);
    const { url } = await world.status("listed-service-one");
    const narrow = fsd(40, ["status", "--env", "local"]);
    expect(await narrow.ended).toEqual({ status: 0 });
    const at = narrow.screen.lines.findIndex((line) => line.includes("listed-service-one steady, tasks 2/2, healthy 2"));
    expect(narrow.screen.lines.slice(at, at + 3)).toEqual([
      "● listed-service-one steady, tasks 2/2, healthy 2",
      "  fsd-local-listed-service-one:1",
      `  ${url}`,
    ]);
    const wide = fsd(160, ["status"]);
    await wide.ended;
    expect(wide.screen.lines.join("\n")).toMatch(/ {2}service +state +tasks +healthy +live +url\n/);
  });
});
