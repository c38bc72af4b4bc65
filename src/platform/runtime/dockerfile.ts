/**
 * Reads a Dockerfile for what a process needs: where files go, which program starts, in which folder, with which
 * environment. Nothing is executed: each RUN is reported, because what it would have made is missing. The grammar is
 * the Dockerfile reference's (continuations, escape directive, here-documents, ARG and ENV substitution, stages).
 */
import { type FileStep, runEffects } from "./run-instruction.ts";

export interface CopyStep {
  readonly do: "copy";
  /** Absent: the build context. */
  readonly from?: string;
  readonly sources: readonly string[];
  /** Absolute; ends with `/` when the Dockerfile says it is a folder. */
  readonly destination: string;
  /** As `--chown` says it. */
  readonly owner?: string;
  /** ADD unpacks local archives. */
  readonly unpack: boolean;
  readonly line: number;
}

export interface Stage {
  readonly name?: string;
  /** The image it builds on, or the name of an earlier stage. */
  readonly base: string;
  /** What is done to files, in order. Paths are absolute. */
  readonly steps: readonly (CopyStep | FileStep)[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly user?: string;
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly stopSignal?: string;
  readonly exposedPorts: readonly number[];
  /** Users the Dockerfile names: its base image or a RUN would have made those the host does not have. */
  readonly madeUsers: readonly string[];
}

export interface Dockerfile {
  readonly stages: readonly Stage[];
  readonly warnings: readonly string[];
}

/** The stage a build ends with: the named one, or the last. Throws a `SyntaxError` when there is none of that name. */
export function finalStage(dockerfile: Dockerfile, target?: string): Stage {
  const stage =
    target === undefined ? dockerfile.stages.at(-1) : dockerfile.stages.find(({ name }) => name?.toLowerCase() === target.toLowerCase());
  if (stage === undefined) throw new SyntaxError(`the Dockerfile has no stage ${target}`);
  return stage;
}

interface Instruction {
  readonly keyword: string;
  readonly rest: string;
  readonly line: number;
}

type Draft = { -readonly [Key in keyof Stage]: Stage[Key] extends readonly (infer Item)[] ? Item[] : Stage[Key] } & {
  environment: Record<string, string>;
  entryPoint?: readonly string[];
  command?: readonly string[];
  shell: readonly string[];
  args: Map<string, string>;
};

/** What PATH is in practically every base image; the base's own environment is not known here. */
export const STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Parses a Dockerfile. `buildArgs` win over the defaults of the ARGs they name. Throws a `SyntaxError` that names the
 * line when it has no usable FROM.
 */
export function parseDockerfile(text: string, buildArgs: Readonly<Record<string, string>> = {}): Dockerfile {
  const { instructions, escaper } = readInstructions(text);
  const warnings: string[] = [];
  const globalArgs = new Map<string, string>();
  const stages: Draft[] = [];
  for (const { keyword, rest, line } of instructions) {
    if (keyword === "FROM") {
      const words = expand(rest, (name) => globalArgs.get(name), escaper)
        .split(/\s+/)
        .filter((word) => !word.startsWith("--"));
      const [base, as, name] = words;
      if (base === undefined || base === "") throw new SyntaxError(`line ${line}: FROM names no image`);
      stages.push(draft(base, as?.toUpperCase() === "AS" ? name : undefined, stages));
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) {
      if (keyword === "ARG")
        declareArgs(rest, globalArgs, (value) => expand(value, (name) => globalArgs.get(name), escaper), globalArgs, buildArgs);
      else throw new SyntaxError(`line ${line}: ${keyword} before the first FROM`);
      continue;
    }
    apply(stage, { keyword, rest, line }, { globalArgs, buildArgs, escaper }, warnings);
  }
  if (stages.length === 0) throw new SyntaxError("the Dockerfile has no FROM");
  return { stages, warnings };
}

function draft(base: string, name: string | undefined, earlier: readonly Draft[]): Draft {
  const parent = earlier.find((stage) => stage.name !== undefined && stage.name.toLowerCase() === base.toLowerCase());
  return {
    ...(name === undefined ? {} : { name }),
    base,
    steps: [...(parent?.steps ?? [])],
    environment: { ...parent?.environment },
    workingDirectory: parent?.workingDirectory ?? "/",
    ...(parent?.user === undefined ? {} : { user: parent.user }),
    ...(parent?.entryPoint === undefined ? {} : { entryPoint: parent.entryPoint }),
    ...(parent?.command === undefined ? {} : { command: parent.command }),
    ...(parent?.stopSignal === undefined ? {} : { stopSignal: parent.stopSignal }),
    exposedPorts: [...(parent?.exposedPorts ?? [])],
    madeUsers: [...(parent?.madeUsers ?? [])],
    shell: parent?.shell ?? ["/bin/sh", "-c"],
    args: new Map(),
  };
}

interface Build {
  readonly globalArgs: Map<string, string>;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly escaper: string;
}

function apply(stage: Draft, { keyword, rest, line }: Instruction, { globalArgs, buildArgs, escaper }: Build, warnings: string[]): void {
  // ENV wins over ARG of the same name, as in a build.
  const lookUp = (name: string): string | undefined =>
    stage.environment[name] ?? stage.args.get(name) ?? (name === "PATH" ? STANDARD_PATH : undefined);
  const value = (text: string): string => expand(text, lookUp, escaper);
  switch (keyword) {
    case "ARG":
      declareArgs(rest, stage.args, value, globalArgs, buildArgs);
      return;
    case "ENV":
      Object.assign(stage.environment, Object.fromEntries(assignments(rest, escaper).map(([name, text]) => [name, value(text)])));
      return;
    case "WORKDIR":
      stage.workingDirectory = absolute(unquote(value(rest)), stage.workingDirectory);
      return;
    case "USER":
      stage.user = unquote(value(rest));
      nameUser(stage, stage.user);
      return;
    case "STOPSIGNAL":
      stage.stopSignal = value(rest);
      return;
    case "EXPOSE":
      for (const word of value(rest).split(/\s+/)) {
        const port = Number(word.split("/")[0]);
        if (Number.isInteger(port) && port > 0) stage.exposedPorts.push(port);
      }
      return;
    case "SHELL":
      stage.shell = execForm(rest) ?? stage.shell;
      return;
    case "ENTRYPOINT":
      stage.entryPoint = execForm(rest) ?? [...stage.shell, rest];
      // An ENTRYPOINT resets a CMD that came from the base.
      delete stage.command;
      return;
    case "CMD":
      stage.command = execForm(rest) ?? [...stage.shell, rest];
      return;
    case "COPY":
    case "ADD":
      copy(stage, keyword, value(rest), line, warnings);
      return;
    case "RUN": {
      const { steps, users, complete } = runEffects(value(rest));
      for (const name of users) nameUser(stage, name);
      stage.steps.push(...steps.map((step) => ({ ...step, paths: step.paths.map((path) => absolute(path, stage.workingDirectory)) })));
      if (complete) return;
      warnings.push(`line ${line}: RUN is not executed on this platform; what it makes must come with the build context or the host`);
      return;
    }
    case "HEALTHCHECK": // ECS ignores the image's own.
    case "LABEL":
    case "MAINTAINER":
    case "VOLUME":
      return;
    default:
      warnings.push(`line ${line}: ${keyword} has no effect on this platform`);
  }
}

function copy(stage: Draft, keyword: "COPY" | "ADD", rest: string, line: number, warnings: string[]): void {
  const flags = new Map<string, string>();
  const operands = rest.replace(/^\s*(?:--[\w-]+(?:=\S*)?\s+)+/, (found) => {
    for (const [, name, value] of found.matchAll(/--([\w-]+)(?:=(\S*))?/g)) flags.set(name ?? "", value ?? "");
    return "";
  });
  if (operands.startsWith("<<")) {
    warnings.push(`line ${line}: ${keyword} of a here-document is not done on this platform`);
    return;
  }
  const words =
    execForm(operands) ??
    operands
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => unquote(word));
  const destination = words.at(-1);
  const sources = words.slice(0, -1).filter((source) => {
    const remote = keyword === "ADD" && /^(https?|git):|^git@/.test(source);
    if (remote) warnings.push(`line ${line}: ADD of ${source} is not fetched on this platform`);
    return !remote;
  });
  if (destination === undefined || sources.length === 0) return;
  const folder = destination.endsWith("/") || destination === "." || sources.length > 1;
  const path = absolute(destination, stage.workingDirectory);
  const from = flags.get("from");
  const owner = flags.get("chown");
  if (owner !== undefined) nameUser(stage, owner);
  stage.steps.push({
    do: "copy",
    ...(from === undefined ? {} : { from }),
    sources,
    destination: folder && !path.endsWith("/") ? `${path}/` : path,
    ...(owner === undefined ? {} : { owner }),
    unpack: keyword === "ADD",
    line,
  });
}

/** Remembers a user by name, not by number: the first word of `user:group`. */
function nameUser(stage: Draft, spec: string): void {
  const [name = ""] = spec.split(":");
  if (!/^\d*$/.test(name) && !stage.madeUsers.includes(name)) stage.madeUsers.push(name);
}

function declareArgs(
  rest: string,
  args: Map<string, string>,
  value: (text: string) => string,
  inherited: Map<string, string>,
  given: Readonly<Record<string, string>>,
): void {
  for (const word of rest.split(/\s+/)) {
    const [name = "", ...text] = word.split("=");
    const found = given[name] ?? (text.length > 0 ? unquote(value(text.join("="))) : inherited.get(name));
    if (found !== undefined) args.set(name, found);
  }
}

/** `A=1 B="two words"`, or the old `NAME the rest`. */
function assignments(rest: string, escaper: string): [name: string, value: string][] {
  if (!/^\s*[^\s=]+=/.test(rest)) {
    const [, name, value] = /^\s*(\S+)\s+(.*)$/s.exec(rest) ?? [];
    return name === undefined ? [] : [[name, value ?? ""]];
  }
  const word =
    escaper === "`"
      ? /([^\s=]+)=((?:"(?:[^"`]|`.)*"|'[^']*'|`.|[^\s"'`])*)/gs
      : /([^\s=]+)=((?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])*)/gs;
  return [...rest.matchAll(word)].map(([, name, value]) => [name ?? "", unquote(value ?? "", escaper, true)]);
}

/** Takes quotes away. With `keepsDollar`, a `$` between single quotes is escaped, so that the substitution leaves it. */
function unquote(text: string, escaper = "\\", keepsDollar = false): string {
  let result = "";
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] as string;
    if (quote === "" && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = "";
    else if (character === escaper && quote !== "'" && index + 1 < text.length) {
      const next = text[++index] as string;
      // `\$` must reach the substitution as it is.
      result += next === "$" || (quote === '"' && !`"${escaper}`.includes(next)) ? escaper + next : next;
    } else if (keepsDollar && quote === "'" && character === "$") result += `${escaper}$`;
    else result += character;
  }
  return result;
}

/** `["a", "b"]`; undefined when it is not a JSON array of strings. */
function execForm(rest: string): string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(rest);
    return Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;
  } catch {
    return undefined;
  }
}

/** `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}`; an escaped `$` stays. */
function expand(text: string, lookUp: (name: string) => string | undefined, escaper: string): string {
  const pattern = /([\\`])\$|\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))/g;
  return text.replace(pattern, (found, escaped: string | undefined, braced, operator, word, plain) => {
    if (escaped !== undefined) return escaped === escaper ? "$" : found;
    const value = lookUp(braced ?? plain);
    if (operator === "-") return value === undefined || value === "" ? word : value;
    if (operator === "+") return value === undefined || value === "" ? "" : word;
    return value ?? "";
  });
}

function absolute(path: string, base: string): string {
  const joined = path.startsWith("/") ? path : `${base}/${path}`;
  const parts: string[] = [];
  for (const part of joined.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  const trailing = path.endsWith("/") && parts.length > 0 ? "/" : "";
  return `/${parts.join("/")}${trailing}`;
}

function readInstructions(text: string): { instructions: Instruction[]; escaper: string } {
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  let escaper = "\\";
  for (const line of lines) {
    const [, name, value] = /^\s*#\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (name === undefined) break;
    if (name.toLowerCase() === "escape" && value === "`") escaper = "`";
  }
  const instructions: Instruction[] = [];
  for (let index = 0; index < lines.length; index++) {
    if (/^\s*(#|$)/.test(lines[index] ?? "")) continue;
    const start = index;
    let whole = "";
    for (; index < lines.length; index++) {
      const line = lines[index] ?? "";
      if (index > start && /^\s*(#|$)/.test(line)) continue;
      const continued = line.trimEnd().endsWith(escaper);
      whole += continued ? `${line.trimEnd().slice(0, -1)}` : line;
      if (!continued) break;
    }
    const [, keyword, rest] = /^\s*(\S+)\s*(.*)$/s.exec(whole) ?? [];
    if (keyword === undefined) continue;
    instructions.push({ keyword: keyword.toUpperCase(), rest: (rest ?? "").trim(), line: start + 1 });
    if (!/^(RUN|COPY|ADD)$/i.test(keyword)) continue;
    // Here-documents are part of the instruction; their bodies are not instructions.
    for (const [, dash, word] of (rest ?? "").matchAll(/<<(-?)\s*["']?(\w+)["']?/g)) {
      for (index++; index < lines.length; index++) {
        const line = lines[index] ?? "";
        if ((dash === "-" ? line.replace(/^\t+/, "") : line) === word) break;
      }
    }
  }
  return { instructions, escaper };
}
