/** Which TCP ports processes listen on, read from Linux's `/proc`; elsewhere nothing is found. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";

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

/**
 * Ports, ascending, on which this machine answers at 127.0.0.1. The tables hold every connection of the machine, also those just
 * closed, so that on a busy one they are long: they are read beside what the process does meanwhile.
 */
export async function listenersOnHost(): Promise<number[]> {
  const tables = await Promise.all(["/proc/self/net/tcp", "/proc/self/net/tcp6"].map((table) => readFile(table, "latin1").catch(() => "")));
  const ports = new Set<number>();
  for (const [, address = "", port = ""] of tables.join("").matchAll(LISTENING)) {
    if (ANSWERS_LOCALLY.test(address)) ports.add(Number.parseInt(port, 16));
  }
  return [...ports].sort((one, other) => one - other);
}

/** Addresses with ports, as in `127.0.0.1:8000`, on which anything listens in the network namespace of a process. */
export function listeningAddresses(pid: number): string[] {
  const found = new Set<string>();
  for (const table of ["tcp", "tcp6"]) {
    for (const line of lines(`/proc/${pid}/net/${table}`)) {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const colon = local.lastIndexOf(":");
      if (state === LISTEN) found.add(`${addressText(local.slice(0, colon))}:${Number.parseInt(local.slice(colon + 1), 16)}`);
    }
  }
  return [...found];
}

/** The tables write addresses as words of the machine's byte order, here little-endian; IPv4 within IPv6 is told as IPv4. */
function addressText(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)));
  if (bytes.length === 4) return bytes.join(".");
  if (hex.startsWith(`${"0".repeat(16)}FFFF0000`)) return bytes.slice(12).join(".");
  if (/^0{32}$/.test(hex)) return "[::]";
  if (/^0{24}01000000$/.test(hex)) return "[::1]";
  const groups = Array.from({ length: 8 }, (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16));
  return `[${groups.join(":")}]`;
}

const LISTEN = "0A";
/** `  0: 0100007F:1F90 00000000:0000 0A …`: local address and port of a listener. */
const LISTENING = /^ *\d+: ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]+:0000 0A /gm;

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
