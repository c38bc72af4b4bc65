/** What to say and to do about a server that a program could not reach from inside its task. */
import type { Evidence } from "./evidence.ts";
import { isLoopback, type Unreachable } from "./last-words.ts";

/** `db.internal:5432 (connection refused)` */
export function unreachableText({ host, port, how }: Unreachable): string {
  const place = port === undefined ? host : `${host}:${port}`;
  if (how === "unknown name") return `${place} (the name is unknown)`;
  return how === "refused" ? `${place} (connection refused)` : `${place} (no answer)`;
}

/** What to do about it, by where the server is named to be and how the attempt ended. */
export function unreachableFix({ host, port, how }: Unreachable, { env }: Evidence): string {
  if (isLoopback(host)) {
    const own = `inside a task ${host} is the task itself`;
    return env === "local"
      ? `${own}; a server on this machine is host.fsd.internal${port === undefined ? "" : `:${port}`}`
      : `${own}; give the program the server's own address`;
  }
  if (how === "unknown name") return `check the name; inside the task ${host} is not known`;
  if (env === "local")
    return how === "refused" ? "check that the server runs and listens there" : "check that this machine itself can reach it";
  return "name the server under dependencies, which opens its port to the service, or check its security group and that it runs";
}
