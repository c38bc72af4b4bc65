// Loaded into every Node process of a measured command (--require): at its end it leaves what it used, one file a process.
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  // The kernel's maxRSS counts what the parent held when it forked this process; its high-water mark does not.
  const used = { cpuMs: (userCPUTime + systemCPUTime) / 1000, megabytes: (highWater() ?? maxRSS) / 1024 };
  writeFileSync(join(process.env.FSD_BENCH_USED, `${process.pid}.json`), JSON.stringify(used));
});

function highWater() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  } catch {
    // Not Linux.
    return undefined;
  }
}
