/**
 * The embedded platform's process: arguments, signals, and the record by which commands find it. Started detached by
 * `fsd local up` and `fsd deploy --env local`; SIGTERM and SIGINT stop its tasks and keep its state.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { composePlatform, type Platform } from "./compose.ts";
import { endedBy, refusedStart } from "./last-words.ts";

const usage = "usage: platform --state-dir DIR [--port 4566] [--speed 10] [--account 000000000000] [--api-limits]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "state-dir": { type: "string" },
      port: { type: "string", default: "4566" },
      speed: { type: "string", default: "10" },
      account: { type: "string", default: "000000000000" },
      "api-limits": { type: "boolean", default: false },
    },
  });
  const stateDir = values["state-dir"];
  const port = Number(values.port);
  const speed = Number(values.speed);
  const apiLimits = values["api-limits"];
  if (stateDir === undefined) throw new RangeError(usage);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError(`--port ${values.port} is not a port number\n${usage}`);
  if (!(speed >= 1 && speed <= 1_000)) throw new RangeError(`--speed ${values.speed} is not a number from 1 to 1000\n${usage}`);
  if (!/^\d{12}$/.test(values.account)) throw new RangeError(`--account ${values.account} is not twelve digits\n${usage}`);

  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const platform = await composePlatform({ stateDir, port, speed, account: values.account, apiLimits });
  stopOnSignal(platform, join(stateDir, "platform.json"));
  writeRecord(stateDir, {
    pid: process.pid,
    endpoint: platform.endpoint,
    account: values.account,
    speed,
    apiLimits,
    stateDir,
    version: process.env.FSD_VERSION ?? "",
    ...platform.describe(),
  });
}

/** Written beside and renamed, so that whoever reads it never sees half of it. */
function writeRecord(stateDir: string, record: object): void {
  const draft = join(stateDir, `platform.json.${process.pid}`);
  writeFileSync(draft, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, join(stateDir, "platform.json"));
}

function stopOnSignal(platform: Platform, record: string): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    platform.close().then(
      () => {
        rmSync(record, { force: true });
        process.exit(0);
      },
      (failure: unknown) => endWith(endedBy(failure, "unhandledRejection", Date.now())),
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

/** Tasks die with the process; what was acknowledged is kept. */
function endWith(lastWords: string): never {
  process.stderr.write(`${lastWords}\n`);
  process.exit(1);
}

// Told of rejections that nobody handles as well.
process.on("uncaughtException", (failure, origin) => endWith(endedBy(failure, origin, Date.now())));
main().catch((failure: unknown) => endWith(refusedStart(failure)));
