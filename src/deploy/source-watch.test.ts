import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SystemClock } from "../kit/clock.ts";
import { temporaryFolder } from "../kit/temporary-folder.testing.ts";
import { sourceChange } from "./source-watch.ts";

describe("waiting for a change of the sources", () => {
  let folder: string;
  let interrupt: AbortController;
  const clock = new SystemClock();
  beforeEach(() => {
    folder = temporaryFolder();
    interrupt = new AbortController();
    mkdirSync(join(folder, "src"));
    mkdirSync(join(folder, "node_modules"));
    writeFileSync(join(folder, "src/main.js"), "1");
    writeFileSync(join(folder, ".dockerignore"), "*.log\n");
  });
  afterEach(() => {
    interrupt.abort();
  });

  it("ends with the file that changed, below any folder, and not with what no image holds", async () => {
    const changed = sourceChange([folder], clock, interrupt.signal);
    writeFileSync(join(folder, "debug.log"), "noise");
    writeFileSync(join(folder, "node_modules/x.js"), "noise");
    writeFileSync(join(folder, "src/main.js"), "2");
    expect(await changed).toBe(join(folder, "src/main.js"));
  });

  it("ends without a file when it is interrupted", async () => {
    const changed = sourceChange([folder], clock, interrupt.signal);
    interrupt.abort();
    expect(await changed).toBeUndefined();
    expect(await sourceChange([folder], clock, interrupt.signal)).toBeUndefined();
  });
});
