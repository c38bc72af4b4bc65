/**
 * A container in namespaces of its own: PID, mount, UTS and IPC for itself, the network namespace of its task. The
 * chain is setpriv (dies with the platform) → unshare (dies with setpriv's thread, takes its child with it) → a small
 * shell as PID 1, which builds the root, starts the program and keeps its exit code; when PID 1 ends, the kernel ends
 * the rest. Every mount happens in the container's own mount namespace.
 */
import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { constants as os } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { removeFolder } from "../../kit/remove-folder.ts";
import { CannotStart, type ContainerProcess, type ContainerProgram } from "./container-process.ts";
import { missingProgram } from "./container-program.ts";
import type { ContainerUser } from "./container-user.ts";
import { listeningAddresses } from "./listening-ports.ts";
import type { NamespaceHolder } from "./namespace-holder.ts";
import type { OutputPipes } from "./output-pipes.ts";
import { descendants, processStat } from "./process-tree.ts";
import { OVERLAY_IN_USER_NAMESPACE, type RuntimeClass, TOOL_PATH } from "./runtime-class.ts";
import { OWN_ETC_FILES, type RootMount } from "./task-root.ts";

export interface NamespacedOptions {
  readonly holder: NamespaceHolder;
  /** The task's network namespace: a descriptor of the holder's helper. */
  readonly networkDescriptor: number;
  /** A folder for this container alone; it goes with the task's. */
  readonly folder: string;
  readonly hostname: string;
  /** A file with the text of `INIT`. */
  readonly init: string;
  /** Contents of the container's own files of /etc. */
  readonly etc: Readonly<Record<(typeof OWN_ETC_FILES)[number], string>>;
  readonly root: {
    readonly image: string;
    readonly skeleton: string;
    readonly mounts: readonly RootMount[];
    readonly writableLayer: RuntimeClass["writableLayer"];
    readonly readonly: boolean;
  };
  readonly program: ContainerProgram;
  readonly user?: ContainerUser;
  /** Pipes for what the program writes, this container's alone. */
  readonly pipes: () => Promise<OutputPipes>;
  /** Files into which PID 1 writes 0 first of all. */
  readonly entrances: readonly string[];
  /** Called with the pid of PID 1 before anything of the container runs. */
  readonly admit: (pid: number) => void;
}

/** What Docker grants a container's root by default; without it root of a task would be root of the machine. */
const CAPABILITIES =
  "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,+sys_chroot,+mknod,+audit_write,+setfcap";

/**
 * PID 1, as a file of its own: a list of processes shows its name, not its text. Descriptor 3 tells the platform how far it is, descriptor 4 keeps the host's /proc, through which the program's
 * pid is read as the host counts it. The program runs in the foreground, because a shell lets background jobs ignore SIGINT.
 */
export const INIT = `task_path=$FSD_TASK_PATH
scratch=$1 fstab=$2 layout=$3 image=$4 skeleton=$5 host=$6 folder=$7 readonly=$8 program=$9
shift 9
for entrance in $FSD_ENTRANCES; do { echo 0 >"$entrance"; } 2>/dev/null; done
unset FSD_TASK_PATH FSD_ENTRANCES
read -r pid rest </proc/self/stat
echo "pid $pid" >&3
read -r go || exit 1
exec 4</proc
fail() { echo "error $1" >&3; exit 1; }
root=$scratch/root
case $layout in
  copy) mount -t tmpfs -o mode=755 fsd "$root" && cp -a "$skeleton/." "$image/." "$root/" || fail "copy of the image" ;;
  memory) mount -t tmpfs fsd "$scratch/layers" && mkdir "$scratch/layers/upper" "$scratch/layers/work" || fail "writable layer" ;;
esac
mount -a -T "$fstab" || fail "mounts"
# Only root may write the file, which costs no process; where the command is missing too, the machine's own name stays.
{ printf %s "$host" >"$root/proc/sys/kernel/hostname"; } 2>/dev/null || hostname "$host" 2>/dev/null
cd "$root" && pivot_root . .old && umount -l /.old || fail "change of root"
[ "$readonly" = yes ] && { mount -o remount,bind,ro / || fail "read-only root"; }
# This shell tells of a child that a signal ended; in a container there is nobody to tell, so that word goes nowhere.
exec 5>&2 2>/dev/null
( exec 2>&5 5>&-
  PATH=$task_path
  [ -d "$folder" ] || mkdir -p -- "$folder" 2>/dev/null
  cd -- "$folder" || { echo "error chdir to cwd (\\"$folder\\") failed: no such file or directory" >&3; exit 126; }
  command -v -- "$program" >/dev/null || { echo missing >&3; exit 127; }
  unset OLDPWD
  read -r pid rest </proc/self/fd/4/self/stat
  echo "started $pid" >&3
  exec 3>&- 4<&- </dev/null
  exec "$@" )
exit $?`;

export class NamespacedProcess implements ContainerProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly started: Promise<void>;
  readonly exited: Promise<number>;
  readonly #kill: () => void;
  #init: number | undefined;
  #main: number | undefined;
  #running = true;

  private constructor(options: NamespacedOptions, command: readonly string[], pipes: OutputPipes) {
    const [out, err] = pipes;
    this.stdout = out.reader;
    this.stderr = err.reader;
    const chain = spawn(command[0] as string, command.slice(1), {
      stdio: ["pipe", out.writer, err.writer, "pipe"],
      env: {
        ...options.program.environment,
        PATH: TOOL_PATH,
        FSD_TASK_PATH: options.program.environment.PATH ?? "",
        // Paths of control groups that `control-groups.ts` names: without spaces, below a mount that could have some.
        FSD_ENTRANCES: options.entrances.filter((path) => !/[\s*?[]/.test(path)).join(" "),
      },
    });
    closeSync(out.writer);
    closeSync(err.writer);
    const go = chain.stdin as unknown as Socket;
    go.on("error", () => {}); // Its end shows in `exited`.
    this.#kill = () => {
      // unshare alone ignores nothing but SIGTERM; its child dies with it.
      if (this.#running) chain.kill("SIGKILL");
    };
    this.started = new Promise((resolve, reject) => {
      let told = "";
      const status = chain.stdio[3] as Socket;
      status.setEncoding("utf8").on("data", (text: string) => {
        told += text;
        for (let end = told.indexOf("\n"); end >= 0; end = told.indexOf("\n")) {
          const [word, ...rest] = told.slice(0, end).split(" ");
          told = told.slice(end + 1);
          if (word === "pid") {
            if (!this.#running) continue;
            this.#init = Number(rest[0]);
            options.admit(this.#init);
            go.write("go\n");
          } else if (word === "started") {
            this.#main = Number(rest[0]);
            resolve();
          } else if (word === "missing") reject(new CannotStart(missingProgram(options.program.argv[0])));
          else reject(new CannotStart(`CannotStartContainerError: ${rest.join(" ")}`));
        }
      });
      status.once("error", () => {});
      // Closed with the last process of the container, and read to its end: what was told before the exit counts, however late it is read.
      status.once("close", () => reject(new CannotStart("CannotStartContainerError: the container ended before its program ran")));
      chain.once("error", (error) => {
        reject(new CannotStart(`CannotStartContainerError: ${error.message}`));
        status.destroy();
      });
    });
    this.started.catch(() => {}); // Whoever starts a container awaits it; whoever only stops one need not.
    const code = new Promise<number>((resolve) => {
      chain.once("error", () => resolve(127));
      chain.once("exit", (code, signal) => {
        this.#running = false;
        go.destroy();
        resolve(signal === null ? (code ?? 0) : 128 + os.signals[signal]);
      });
    });
    this.exited = this.started.then(
      () => code,
      () => code,
    );
  }

  /** Prepares the container's folder and starts its PID 1. */
  static async spawn(options: NamespacedOptions): Promise<NamespacedProcess> {
    const { holder, folder, root } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const fstab = join(folder, "fstab");
    // A handful of small files: one after another at once is quicker than through the thread pool.
    writeFileSync(fstab, mountTable(options));
    for (const name of OWN_ETC_FILES) writeFileSync(join(folder, name), options.etc[name]);
    const [pipes, pid] = await Promise.all([
      options.pipes(),
      holder.pid(),
      // Empty at each start: a container that is started again begins with the image's files.
      ...(root.writableLayer === "disk" ? ["upper", "work"].map((name) => emptyFolder(join(folder, name))) : []),
    ]);
    const command = [
      ...["nsenter", "-t", String(pid), ...(holder.privileged ? [] : ["-U", "--preserve-credentials"])],
      ...["-m", `--net=/proc/${pid}/fd/${options.networkDescriptor}`, "--wd=/"],
      // After the user namespace is entered: a change of credentials would clear it.
      ...["setpriv", "--pdeathsig", "KILL"],
      ...["unshare", "-mpuif", "--propagation", "private", "--kill-child", "sh", options.init],
      ...[holder.scratch, fstab, root.writableLayer, root.image, root.skeleton],
      ...[options.hostname, options.program.workingDirectory, root.readonly ? "yes" : "no", options.program.argv[0]],
      ...programCommand(options),
    ];
    return new NamespacedProcess(options, command, pipes);
  }

  signal(signal: NodeJS.Signals): void {
    const main = this.#main;
    // Only while it is still PID 1's child: a pid that was given to another process is never touched.
    if (!this.#running || main === undefined || processStat(main)?.parent !== this.#init) return;
    try {
      process.kill(main, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  kill(): void {
    if (this.#main === undefined) this.#kill();
    else this.signal("SIGKILL");
  }

  /** Here a container's own exit code says everything. */
  exitReason(): undefined {
    return undefined;
  }

  listening(): string[] {
    return this.#running && this.#main !== undefined ? listeningAddresses(this.#main) : [];
  }

  pids(): number[] {
    return this.#running && this.#init !== undefined ? descendants(this.#init) : [];
  }
}

async function emptyFolder(path: string): Promise<void> {
  if (existsSync(path)) await removeFolder(path);
  mkdirSync(path, { mode: 0o755 });
}

function mountTable({ holder, folder, root }: NamespacedOptions): string {
  const target = (path: string): string => field(join(holder.scratch, "root", path));
  // As root, the host's files could be changed by their owner: read-only. An ordinary user's namespace must leave its mounts' flags alone.
  const bind = holder.privileged ? "rbind,ro" : "rbind";
  const layers = root.writableLayer === "disk" ? folder : join(holder.scratch, "layers");
  const overlay = `lowerdir=${root.image}:${root.skeleton},upperdir=${join(layers, "upper")},workdir=${join(layers, "work")}`;
  return `${[
    ...(root.writableLayer === "copy"
      ? []
      : [`overlay ${target("/")} overlay ${overlay}${holder.privileged ? "" : OVERLAY_IN_USER_NAMESPACE} 0 0`]),
    ...root.mounts.map(
      ({ source, target: path }) => `${field(source)} ${target(path)} none ${path.startsWith("/dev/") ? "bind" : bind} 0 0`,
    ),
    ...OWN_ETC_FILES.map((name) => `${field(join(folder, name))} ${target(`/etc/${name}`)} none bind 0 0`),
    `proc ${target("/proc")} proc nosuid,nodev,noexec 0 0`,
    `/sys ${target("/sys")} none ${holder.privileged ? "bind,ro" : "rbind"} 0 0`,
    `fsd ${target("/dev/shm")} tmpfs nosuid,nodev,size=64m 0 0`,
  ].join("\n")}\n`;
}

/** Octal escapes, as fstab wants them. */
function field(path: string): string {
  return path.replace(/[\s\\#]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}

function programCommand({ holder, program, user }: NamespacedOptions): string[] {
  // A shell passes on only variables it could have made itself.
  const odd = Object.entries(program.environment).filter(([name]) => !/^[A-Za-z_]\w*$/.test(name));
  const environment = odd.length === 0 ? [] : ["env", ...odd.map(([name, value]) => `${name}=${value}`)];
  const identity = user === undefined ? [] : ["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"];
  // Inside a user namespace there is one user only, and its powers end at the namespace.
  const privileges = holder.privileged ? ["setpriv", "--bounding-set", CAPABILITIES, "--inh-caps", "-all", ...identity, "--"] : [];
  return [...privileges, ...environment, ...program.argv];
}
