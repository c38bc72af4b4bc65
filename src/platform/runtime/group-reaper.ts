/**
 * Ends process groups when the platform is gone, where the kernel cannot be asked to: one small shell that is told
 * which groups there are, and kills them once its input ends. A program that made a session of its own escapes it.
 */
import { type ChildProcess, spawn } from "node:child_process";

const SCRIPT = `groups=" "
while read -r word group; do
  case $word in
    add) groups="$groups$group " ;;
    remove) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done`;

export class GroupReaper {
  #shell: ChildProcess | undefined;

  add(group: number): void {
    this.#tell(`add ${group}`);
  }

  remove(group: number): void {
    this.#tell(`remove ${group}`);
  }

  /** Ends the shell, and with it every group it still knows. */
  async close(): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    if (shell === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      shell.once("exit", () => resolve());
      shell.stdin?.end();
    });
  }

  #tell(line: string): void {
    // In a session of its own: a Ctrl-C in the platform's terminal must not end it first.
    this.#shell ??= spawn("sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true, env: { PATH: "/usr/bin:/bin" } });
    this.#shell.stdin?.write(`${line}\n`);
  }
}
