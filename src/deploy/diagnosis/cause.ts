/** What a diagnosis is made of, and how its evidence and commands are written. */
import type { Evidence, StoppedContainer, StoppedTask } from "./evidence.ts";
import { tellingLine } from "./last-words.ts";

export interface Diagnosis {
  /** Ranked; the first is what to act on. Never empty. */
  readonly causes: readonly Cause[];
}

export interface Cause {
  /** Stable, for programs: `image-not-found`. */
  readonly kind: CauseKind;
  /** One sentence. */
  readonly summary: string;
  /** What was seen, line by line. */
  readonly evidence: readonly string[];
  readonly fix: string;
  /** A command that shows more or repairs it. */
  readonly command: string;
}

export type CauseKind =
  | "dockerfile-wrong"
  | "image-not-found"
  | "secret-unreadable"
  | "log-group-missing"
  | "network-unreachable"
  | "out-of-memory"
  | "no-command"
  | "command-not-found"
  | "port-in-use"
  | "file-missing"
  | "module-missing"
  | "variable-missing"
  | "dependency-unreachable"
  | "program-exits"
  | "cannot-start"
  | "wrong-health-status"
  | "listens-on-loopback"
  | "listens-on-other-port"
  | "not-listening"
  | "health-check-timeout"
  | "container-check-fails"
  | "alarm-rang"
  | "no-capacity"
  | "role-not-assumable"
  | "not-allowed"
  | "resource-failed"
  | "unknown";

/** A cause and how much speaks for it: 100 is certain, `consequence` only follows from another cause. */
export interface Finding extends Cause {
  readonly weight: number;
}

/** The weight of what is worth telling only when nothing else was found. */
export const consequence = 10;

export type Rule = (evidence: Evidence) => Finding | undefined;

const linesShown = 8;

/** The last lines, led by the one that says most when it stands before them: a stack trace often hides it. */
export function quote({ name, lastLines }: StoppedContainer): string[] {
  const tail = lastLines.slice(-linesShown);
  const telling = tellingLine(lastLines);
  const lines = telling === undefined || tail.includes(telling) ? tail : [telling, "…", ...tail.slice(2)];
  return lines.map((line) => `${name} | ${line}`);
}

/** Identical ends are told once, with their number. */
export function countLine({ stoppedTasks }: Evidence, like: (task: StoppedTask) => boolean): string[] {
  const count = stoppedTasks.filter(like).length;
  return count > 1 ? [`${count} tasks ended this way`] : [];
}

/** The first characters of a task's id, as the console shows them. */
export function shortId({ taskId }: StoppedTask): string {
  return taskId.slice(0, 8);
}

/** The command that shows the service's log. */
export function logsCommand({ service, env }: Evidence): string {
  return `fsd logs ${service} --env ${env} --since 15m`;
}

/** The command that shows the stack's events. */
export function eventsCommand({ service, env, cliFlags = "" }: Evidence): string {
  return `aws cloudformation describe-stack-events --stack-name fsd-${env}-${service}${cliFlags}`;
}

/** The deployment once more, with what mends it. */
export function deployCommand({ service, env, asked: { file } }: Evidence, ...more: string[]): string {
  const given = file === undefined || file === "fsd.yml" ? [] : ["-f", /^[\w./@%+:,-]+$/.test(file) ? file : quoted(file)];
  return ["fsd deploy", ...given, `--env ${env} --service ${service}`, ...more].join(" ");
}

/** One word of a shell's, whatever is in it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Where the manifest stands, for a sentence. */
export function manifestOf({ asked: { file } }: Evidence): string {
  return file ?? "the manifest";
}

/** The file of the context, or a folder above it, that `.dockerignore` keeps out of the image. */
export function leftOut({ asked }: Evidence, path: string): string | undefined {
  return asked.leftOut?.find((name) => path === name || path.endsWith(`/${name}`) || `/${path}`.includes(`/${name}/`));
}
