/**
 * The part of a RUN instruction that can be honoured without executing anything: folders it makes, modes and owners it
 * gives by literal paths, users it adds. `RUN mkdir -p /data && chown -R app /data` and `RUN chmod +x run.sh` are in half of
 * all Dockerfiles, and a program fails without them for reasons that have nothing to do with it.
 */
export type FileStep =
  | { readonly do: "make-folders"; readonly paths: readonly string[] }
  | { readonly do: "own"; readonly paths: readonly string[]; readonly owner: string; readonly recursive: boolean }
  /** `add` are bits that are set; otherwise `mode` replaces the permissions. */
  | { readonly do: "permit"; readonly paths: readonly string[]; readonly mode: number; readonly add: boolean; readonly recursive: boolean };

export interface RunEffects {
  readonly steps: readonly FileStep[];
  readonly users: readonly string[];
  /** Whether nothing else is in the instruction. */
  readonly complete: boolean;
}

/** Reads a RUN's shell form; `command` has its variables substituted. Paths are as written, relative ones to the working directory. */
export function runEffects(command: string): RunEffects {
  const steps: FileStep[] = [];
  const users: string[] = [];
  let complete = true;
  const text = command.replace(/^(?:--\S+\s+)+/, "").replace(/^set\s+-\w+\s*(?:&&|;)/, "");
  for (const part of text.split(/&&|;|\n/)) {
    const words = part.trim().split(/\s+/);
    const [program = "", ...args] = words;
    if (program === "") continue;
    if (/^(useradd|adduser|groupadd|addgroup)$/.test(program)) {
      const name = args.filter((word) => /^[a-z_][\w-]*$/.test(word)).at(-1);
      if (name !== undefined && program.includes("user")) users.push(name);
      continue;
    }
    const step = fileStep(program, args);
    if (step === undefined) complete = false;
    else steps.push(step);
  }
  return { steps, users, complete };
}

function fileStep(program: string, args: readonly string[]): FileStep | undefined {
  const flags = args.filter((word) => word.startsWith("-"));
  const operands = args.filter((word) => !word.startsWith("-"));
  // Anything a shell would expand or lead elsewhere is left to the shell that does not run.
  if (args.some((word) => /[$`*?[\]{}()<>|&'"\\~]/.test(word))) return undefined;
  const recursive = flags.some((flag) => flag === "--recursive" || /^-\w*R/.test(flag));
  if (program === "mkdir" && operands.length > 0 && flags.every((flag) => /^(-p|-pv|-v|--parents)$/.test(flag))) {
    return { do: "make-folders", paths: operands };
  }
  const [first, ...paths] = operands;
  if (first === undefined || paths.length === 0 || !flags.every((flag) => /^(-\w*R\w*|-[vfh]+|--recursive)$/.test(flag))) return undefined;
  if (program === "chown") return { do: "own", paths, owner: first, recursive };
  if (program === "chmod" && /^[0-7]{3,4}$/.test(first))
    return { do: "permit", paths, mode: Number.parseInt(first, 8) & 0o777, add: false, recursive };
  if (program === "chmod" && /^[ugoa]*\+[rwx]+$/.test(first)) return { do: "permit", paths, mode: addedBits(first), add: true, recursive };
  return undefined;
}

/** Bits of `u+x`, `+x`, `go+rw`. */
function addedBits(symbolic: string): number {
  const [who = "", what = ""] = symbolic.split("+");
  const bits = (what.includes("r") ? 4 : 0) + (what.includes("w") ? 2 : 0) + (what.includes("x") ? 1 : 0);
  const all = who === "" || who.includes("a");
  return (all || who.includes("u") ? bits << 6 : 0) | (all || who.includes("g") ? bits << 3 : 0) | (all || who.includes("o") ? bits : 0);
}
