/** Which TCP ports processes listen on, read from Linux's `/proc`; elsewhere nothing is found. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** Ports, ascending, that any of the processes listens on. */
export function listeningPorts(pids: readonly number[]): number[] {
  const sockets = new Set(pids.flatMap(socketsOf));
  const ports = new Set<number>();
  // A listener on `::` serves IPv4 too and stands in the second table only.
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of lines(table)) {
      const fields = line.trim().split(/\s+/);
      const [, local = "", , state = ""] = fields;
      if (state === LISTEN && sockets.has(fields[9] ?? "")) ports.add(Number.parseInt(local.slice(local.lastIndexOf(":") + 1), 16));
    }
  }
  return [...ports].sort((one, other) => one - other);
}

/** Ports, ascending, on which this machine answers at 127.0.0.1. */
export function listenersOnHost(): number[] {
  const ports = new Set<number>();
  for (const table of ["/proc/self/net/tcp", "/proc/self/net/tcp6"]) {
    for (const line of lines(table)) {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const colon = local.lastIndexOf(":");
      if (state === LISTEN && ANSWERS_LOCALLY.test(local.slice(0, colon))) ports.add(Number.parseInt(local.slice(colon + 1), 16));
    }
  }
  return [...ports].sort((one, other) => one - other);
}

const LISTEN = "0A";

/** As the tables write them: 0.0.0.0, 127.0.0.1, `::` and ::ffff:127.0.0.1. */
const ANSWERS_LOCALLY = /^(00000000|0100007F|0{32}|0{16}FFFF00000100007F)$/;

/** Inodes of the sockets a process holds. */
function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
      try {
        const [, inode] = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? [];
        return inode === undefined ? [] : [inode];
      } catch {
        return []; // Closed meanwhile.
      }
    });
  } catch {
    return []; // The process ended meanwhile.
  }
}

function lines(file: string): string[] {
  try {
    return readFileSync(file, "utf8").split("\n").slice(1);
  } catch {
    return [];
  }
}
