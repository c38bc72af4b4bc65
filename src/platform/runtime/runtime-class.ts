/**
 * What this machine allows the process runtime to do, found out by trying it once, in namespaces that end at once.
 * Reported by `fsd local status`.
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { removeFolder } from "../../kit/remove-folder.ts";

export interface RuntimeClass {
  readonly runtime: "process";
  /**
   * `namespace`: as root, tasks have addresses of their own; `user-namespace`: the same for an ordinary user;
   * `port`: no namespaces here, tasks share the machine's addresses and get `PORT`.
   */
  readonly network: "namespace" | "user-namespace" | "port";
  /**
   * Where a container's own files go: `disk`, a layer over the image in the state directory; `memory`, a layer where that file
   * system cannot hold one (inside a container's); `copy`, no layers here: image and files are copied into memory.
   */
  readonly writableLayer: "disk" | "memory" | "copy";
  /** Why the better classes were refused; empty for the best one. */
  readonly refused: readonly string[];
}

/** Tries what a task needs: bridge, veth, mounts, a PID namespace; then tries a layer on disk and one in memory. */
const TRIAL = `set -e
command -v nsenter setpriv ip mount umount pivot_root mkfifo >/dev/null || { echo "missing one of: nsenter setpriv ip mount umount pivot_root mkfifo" >&2; exit 1; }
ip link add fsd0 type bridge
ip link add fsd1 type veth peer name fsd2
mount -t tmpfs fsd "$1/mnt"
mkdir "$1/mnt/proc" "$1/mnt/upper" "$1/mnt/work" "$1/mnt/root"
mount -t proc proc "$1/mnt/proc"
echo usable
for place in "$1" "$1/mnt"; do
  mount -t overlay overlay -o "lowerdir=$1/lower:$1/base,upperdir=$place/upper,workdir=$place/work$2" "$1/mnt/root" 2>/dev/null || continue
  # Some file systems mount and then refuse to keep what a layer must keep.
  : >"$1/mnt/root/kept" && rm "$1/mnt/root/below" && [ ! -e "$1/mnt/root/below" ] && echo "layer $place" && break
done`;

/** Finds the best class. `stateDir`: where tasks' files will be, because an overlay depends on that file system. */
export async function probeRuntimeClass(stateDir: string, withNamespaces = true): Promise<RuntimeClass> {
  const refused: string[] = [];
  if (process.platform !== "linux") refused.push(`namespaces: not on ${process.platform}`);
  else if (!withNamespaces) refused.push("namespaces: switched off");
  else {
    const folder = join(stateDir, `probe-${process.pid}`);
    try {
      for (const name of ["mnt", "lower", "base", "upper", "work"]) await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, "base", "below"), "");
      const kinds = process.getuid?.() === 0 ? (["namespace", "user-namespace"] as const) : (["user-namespace"] as const);
      for (const network of kinds) {
        const flags = network === "namespace" ? "-nmpf" : "-Urnmpf";
        const options = network === "namespace" ? "" : OVERLAY_IN_USER_NAMESPACE;
        const { output, errors } = await attempt("unshare", [
          flags,
          "--propagation",
          "private",
          "--kill-child",
          "sh",
          "-c",
          TRIAL,
          "sh",
          folder,
          options,
        ]);
        if (output.includes("usable")) {
          const layer = /[\s,:\\"]/.test(stateDir) ? undefined : /^layer (.*)$/m.exec(output)?.[1];
          const writableLayer = layer === undefined ? "copy" : layer === folder ? "disk" : "memory";
          return { runtime: "process", network, writableLayer, refused };
        }
        refused.push(`${network}: ${errors.trim().split("\n").at(-1) || "refused"}`);
      }
    } finally {
      await removeFolder(folder);
    }
  }
  return { runtime: "process", network: "port", writableLayer: "copy", refused };
}

function attempt(command: string, args: readonly string[]): Promise<{ output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 10_000,
      killSignal: "SIGKILL",
      env: { PATH: TOOL_PATH },
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.once("error", (error) => resolve({ output: "", errors: error.message }));
    child.once("close", () => resolve({ output, errors }));
  });
}

/** Inside a user namespace an overlay keeps its marks as ordinary attributes. */
export const OVERLAY_IN_USER_NAMESPACE = ",userxattr";

/** Where the runtime's own tools are looked for; never what a task gets. */
export const TOOL_PATH = `/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${process.env.PATH ?? ""}`;
