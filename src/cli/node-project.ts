/** What a Node project's own files say about it: its framework, the file that is run and the port it listens on. */
import { type Code, portIn } from "./project-code.ts";

type Read = (file: string) => string | undefined;

/** @param dockerCommand the Dockerfile's CMD as it is written there, for a program that has no package.json */
export function inspectNode(read: Read, dockerCommand: string | undefined): Code | undefined {
  const described = read("package.json");
  const run = /\bnode["',\s]+(?:--?[\w=.-]+["',\s]+)*(?:\.\/)?([\w./-]+\.[cm]?js)\b/.exec(dockerCommand ?? "")?.[1];
  if (described === undefined && (run === undefined || read(run) === undefined)) return undefined;
  let found: unknown;
  try {
    found = JSON.parse(described ?? "{}");
  } catch {
    return { about: "package.json, which is not JSON" };
  }
  const at = (value: unknown, key: string): unknown =>
    typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
  const start = text(at(at(found, "scripts"), "start"));
  const started = /^node\s+([\w./-]+\.[cm]?js)$/.exec(start ?? "")?.[1];
  const main = [run, started, text(at(found, "main")), "server.js", "server.mjs", "index.js", "index.mjs"].find(
    (file) => file !== undefined && read(file) !== undefined,
  );
  const source = main === undefined ? undefined : read(main);
  const framework = ["express", "fastify", "koa", "@hapi/hapi", "@nestjs/core", "hono", "next"].find(
    (one) => at(at(found, "dependencies"), one) !== undefined,
  );
  const listens = framework !== undefined || /\.listen\(/.test(source ?? "");
  const port =
    portIn(/\.listen\(\s*(\d+)/.exec(source ?? "")?.[1]) ?? portIn(/\bPORT\b\s*(?:\?\?|\|\||,)\s*["']?(\d+)/.exec(source ?? "")?.[1]);
  const command = main === undefined ? (start === undefined ? undefined : ["npm", "start"]) : ["node", main];
  return {
    about: [
      described === undefined ? "Node program" : "Node project",
      ...(framework === undefined ? [] : [framework]),
      ...(main === undefined ? [] : [main]),
    ].join(", "),
    name: text(at(found, "name"))?.replace(/^@[^/]*\//, ""),
    port: listens ? (port ?? 3000) : undefined,
    command,
    source,
  };
}
