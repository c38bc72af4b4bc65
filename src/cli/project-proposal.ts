/**
 * What can be learnt about a project from its own files, and the smallest manifest that says it. What is found is a
 * proposal for a person to read, so plain texts are looked for, nothing is executed and nothing is guessed twice.
 */

import { inspectNode } from "./node-project.ts";
import { portIn } from "./project-code.ts";
import { inspectPython } from "./python-project.ts";

export const sizes = ["micro", "small", "medium", "large"] as const;
type Size = (typeof sizes)[number];

export interface Project {
  readonly name: string;
  readonly type: "service" | "worker" | "job";
  readonly port: number;
  readonly healthPath: string;
  /** Whether the world reaches it, not only the network. */
  readonly open: boolean;
  readonly size: Size;
  /** Only where the image has no command of its own. */
  readonly command: readonly string[] | undefined;
  readonly image: string | undefined;
  /** What was recognised, a line each. */
  readonly found: readonly string[];
  /** What must still be written before it can be deployed. */
  readonly missing: readonly string[];
}

/** Reads a file of the project by its path in it. */
type Read = (file: string) => string | undefined;

export function inspectProject(read: Read, folder: string): Project {
  const docker = inspectDockerfile(read("Dockerfile"));
  const code = inspectPython(read) ?? inspectNode(read, docker?.command);
  const port = docker?.port ?? code?.port;
  const healthPath =
    code?.source === undefined ? undefined : /["'`](\/(?:healthz?|livez|readyz|ping|status))\/?["'`]/.exec(code.source)?.[1];
  const command = docker?.command === undefined ? code?.command : undefined;
  // With neither a Dockerfile nor code to look at, a service is what most people come for.
  const unknown = docker === undefined && code === undefined;
  const runs = command === undefined ? "" : `, with CMD ${JSON.stringify(command)}`;
  return {
    name: nameOf(code?.name ?? folder),
    type: port !== undefined || unknown ? "service" : "worker",
    port: port ?? 8000,
    healthPath: healthPath ?? "/health",
    open: false,
    size: "micro",
    command,
    image: undefined,
    found: [
      ...(docker === undefined ? [] : [docker.about]),
      ...(code === undefined ? [] : [code.about]),
      ...(port !== undefined || unknown ? [] : ["no port, so it is taken for a worker; --port NUMBER makes it a service"]),
    ],
    missing: docker === undefined ? [`a Dockerfile${runs}`] : [],
  };
}

export function manifestText({ name, type, port, healthPath, open, size, command, image }: Project): string {
  const body = type === "job" ? "job" : "service";
  return [
    "apiVersion: fsd/v1",
    `kind: ${type === "job" ? "Job" : "Service"}`,
    "metadata:",
    `  name: ${scalar(name)}`,
    `${body}:`,
    image === undefined ? "  build:\n    context: ." : `  image: ${scalar(image)}`,
    ...(command === undefined ? [] : [`  command: [${command.map((word) => JSON.stringify(word)).join(", ")}]`]),
    ...(type === "service" ? [`  port: ${port}`, "  healthCheck:", `    path: ${scalar(healthPath)}`] : []),
    "  resources:",
    `    size: ${size}`,
    ...(type === "service" && open ? ["  networking:", "    loadBalancer:", "      internal: false"] : []),
    "",
  ].join("\n");
}

/** Texts of the command line may hold anything. */
function scalar(text: string): string {
  return /^[A-Za-z/][\w./-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text) ? text : JSON.stringify(text);
}

/** The last stage counts; continued lines are one. */
function inspectDockerfile(text: string | undefined): { port: number | undefined; command: string | undefined; about: string } | undefined {
  if (text === undefined) return undefined;
  const lines = text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/);
  const last = lines.slice(
    Math.max(
      0,
      lines.findLastIndex((line) => /^\s*FROM\s/i.test(line)),
    ),
  );
  const value = (word: string): string | undefined =>
    last
      .map((line) => new RegExp(`^\\s*${word}\\s+(.*)$`, "i").exec(line)?.[1])
      .filter((found) => found !== undefined)
      .at(-1);
  const command = value("CMD") ?? value("ENTRYPOINT");
  const port =
    portIn(value("EXPOSE")?.replace(/\/(tcp|udp).*/, "")) ?? portIn(/(?:--port|--bind|-b|-p)\W+(?:[\d.]+:)?(\d+)/.exec(command ?? "")?.[1]);
  const details = [...(port === undefined ? [] : [`port ${port}`]), ...(command === undefined ? [] : [`command ${command}`])];
  return { port, command, about: ["Dockerfile", ...details].join(", ") };
}

/** A service's name from any name: two or more lower-case letters, digits and hyphens, beginning with a letter. */
function nameOf(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  if (name === "") return "app";
  return name.length === 1 ? `${name}-app` : name;
}
