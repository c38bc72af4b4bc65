/**
 * What to tell in the log of a container that is stopped when none of its ports can be reached from outside: a failed
 * health check does not say whether the program was slow, on another port, or on the loopback address.
 */
import type { ContainerLaunch } from "../../model/task-launch.ts";

/** `listening`: addresses with ports, `127.0.0.1:8000`; undefined where they cannot be known. Nothing to tell: undefined. */
export function unreachablePorts(ports: ContainerLaunch["ports"], listening: readonly string[] | undefined): string | undefined {
  const wanted = ports.filter(({ protocol }) => protocol === "tcp").map(({ containerPort }) => containerPort);
  if (listening === undefined || wanted.length === 0) return undefined;
  const reachable = listening.filter((place) => !/^(127\.|\[::1\])/.test(place));
  if (wanted.some((port) => reachable.some((place) => place.endsWith(`:${port}`)))) return undefined;
  const where = listening.length === 0 ? "no port" : listening.join(", ");
  return `the task listened on ${where} when it was stopped, and so could not be reached on port ${wanted.join(" or ")}`;
}
