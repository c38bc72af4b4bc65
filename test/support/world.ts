/**
 * A world of its own for one system test: a state directory, a free port, the built command as a user runs it.
 * Everything it started is gone after `end`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, said } from "./outcome.ts";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface ServiceStatus {
  readonly service: string;
  readonly env: string;
  readonly status: string;
  readonly state: string;
  readonly desired: number;
  readonly running: number;
  readonly healthy: number;
  readonly url: string;
  /** `family:revision` of what serves. */
  readonly liveRevision: string;
  readonly deployments: readonly { readonly status: string; readonly rolloutState: string; readonly taskDefinition: string }[];
  readonly events: readonly { readonly message: string }[];
}

export class World {
  readonly folder = mkdtempSync(join(tmpdir(), "fsd-world-"));
  readonly stateDir = join(this.folder, "state");
  readonly #user: number | undefined;

  /** `user`: the id everything runs as, when this process may choose (root). */
  constructor({ user }: { readonly user?: number } = {}) {
    this.#user = user;
    if (user !== undefined) chownSync(this.folder, user, user);
  }

  /** Runs `fsd` to its end. `LANG` and `PATH` only, an empty home: as on a fresh machine. */
  fsd(...args: string[]): Promise<Outcome> {
    return this.run(process.execPath, [join(root, "bin", "fsd"), ...args]);
  }

  /** `hear` gets what it says, piece by piece, with the process. */
  run(
    command: string,
    args: readonly string[],
    env: Record<string, string> = {},
    hear: (chunk: string, child: ChildProcess) => void = () => undefined,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.folder,
        env: {
          PATH: process.env.PATH ?? "",
          LANG: "C.UTF-8",
          HOME: this.folder,
          FSD_STATE_DIR: this.stateDir,
          AWS_ACCESS_KEY_ID: "test",
          AWS_SECRET_ACCESS_KEY: "test",
          AWS_DEFAULT_REGION: "us-east-1",
          ...env,
        },
        stdio: ["ignore", "pipe", "pipe"],
        ...(this.#user === undefined ? {} : { uid: this.#user, gid: this.#user }),
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => {
        stdout += chunk;
        hear(String(chunk), child);
      });
      child.stderr.on("data", (chunk) => {
        stderr += chunk;
        hear(String(chunk), child);
      });
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ status: code ?? (signal === null ? 1 : 128), stdout, stderr }));
    });
  }

  /** Runs `fsd` on a pseudo-terminal, on which one line is typed once it asks; what it says comes as `stdout`. */
  onTerminal(answer: string, ...args: string[]): Promise<Outcome> {
    const typed = `import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execv(sys.argv[2], sys.argv[2:])
said, answered = b"", False
while True:
    try: chunk = os.read(terminal, 65536)
    except OSError: break
    if not chunk: break
    said += chunk
    if not answered and b"[y/N]" in said:
        answered = True
        os.write(terminal, sys.argv[1].encode() + b"\\n")
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    return this.run("python3", ["-c", typed, answer, process.execPath, join(root, "bin", "fsd"), ...args], { TERM: "xterm" });
  }

  /** Runs `fsd` until it has said something that matches, and goes on running it: `ended` is its end, which `kill` brings about. */
  async fsdUntil(
    said: RegExp,
    ...args: string[]
  ): Promise<{ readonly ended: Promise<Outcome>; readonly kill: (signal: NodeJS.Signals) => void }> {
    let text = "";
    let ended: Promise<Outcome> | undefined;
    let running: ChildProcess | undefined;
    const heard = new Promise<void>((resolve) => {
      ended = this.run(process.execPath, [join(root, "bin", "fsd"), ...args], {}, (chunk, child) => {
        running = child;
        text += chunk;
        if (said.test(text)) resolve();
      });
    });
    const outcome = await Promise.race([heard, ended as unknown as Promise<Outcome>]);
    if (outcome !== undefined && !said.test(text)) throw new Error(`fsd ${args.join(" ")} never said ${said}:\n${text}`);
    return { ended: ended as unknown as Promise<Outcome>, kill: (signal) => running?.kill(signal) };
  }

  /** Runs `fsd … --output json` that must succeed and returns what it printed. */
  async json<Value>(...args: string[]): Promise<Value> {
    const outcome = await this.fsd(...args, "--output", "json");
    if (outcome.status !== 0) throw new Error(`fsd ${args.join(" ")} ended with ${outcome.status}\n${said(outcome)}`);
    return JSON.parse(outcome.stdout) as Value;
  }

  async up(...flags: string[]): Promise<PlatformStatus> {
    const outcome = await this.fsd("local", "up", "--port", String(await freePort()), ...flags);
    if (outcome.status !== 0) throw new Error(`fsd local up ended with ${outcome.status}\n${said(outcome)}`);
    return this.json<PlatformStatus>("local", "status");
  }

  status(service: string): Promise<ServiceStatus> {
    return this.json<ServiceStatus>("status", "--service", service, "--env", "local");
  }

  /** Writes files below the world's folder and returns the folder they are in. */
  write(folder: string, files: Readonly<Record<string, string>>): string {
    const place = join(this.folder, folder);
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(place, name)), { recursive: true });
      writeFileSync(join(place, name), text);
    }
    return place;
  }

  async end(): Promise<void> {
    await this.fsd("local", "down");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export interface PlatformStatus {
  readonly endpoint: string;
  readonly pid: number;
  readonly account: string;
  readonly speed: number;
  readonly stateDir: string;
  readonly runtime: string;
  readonly network: string;
  readonly memoryLimit: string;
  readonly refused: readonly string[];
}

/**
 * Below those that systems take for connections that go out, of which one might have it when it is needed again, and below those that
 * stand for listeners' ports.
 */
const FREE_PORTS = { from: 12_000, count: 8_000 };

/** A port nothing listens on at this moment, and that is still free when who listened on it was killed. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const port = FREE_PORTS.from + randomInt(FREE_PORTS.count);
    const server = createServer();
    server.on("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(freePort()) : reject(error)));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(port)));
  });
}

/** Asks again every 50 ms until `condition` answers something; fails loudly after `limitMs`. */
export async function eventually<Value>(
  what: string,
  condition: () => Promise<Value | undefined | false>,
  limitMs = 60_000,
): Promise<Value> {
  const end = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`did not happen within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
