/** Reads of Linux's `/proc` about processes: their descendants, memory and processor time. Never writes there. */
import { readdirSync, readFileSync } from "node:fs";

/** A process and all its descendants. Ones that end meanwhile are left out. */
export function descendants(root: number): number[] {
  const found: number[] = [];
  const open = [root];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    const threads = list(`/proc/${pid}/task`);
    if (threads.length === 0) continue;
    found.push(pid);
    for (const thread of threads) {
      for (const child of read(`/proc/${pid}/task/${thread}/children`).split(" ")) {
        if (child !== "") open.push(Number(child));
      }
    }
  }
  return found;
}

/** Fields of `/proc/<pid>/stat` that matter here; undefined when the process is gone. */
export function processStat(
  pid: number,
): { readonly parent: number; readonly state: string; readonly cpuMs: number; readonly startTicks: string } | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The name, in parentheses, may hold anything; fields are counted from behind it.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent] = fields;
  if (state === undefined || parent === undefined) return undefined;
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index] ?? 0), 0);
  return { parent: Number(parent), state, cpuMs: (ticks * 1_000) / TICKS_PER_SECOND, startTicks: fields[19] ?? "" };
}

/** Resident memory in bytes, shared pages counted in full: cheap, and never below the truth. */
export function residentBytes(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_BYTES;
}

/** Memory in bytes with each shared page divided among those who share it: exact, and a hundred times dearer. */
export function proportionalBytes(pid: number): number {
  const [, kibibytes] = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  return kibibytes === undefined ? residentBytes(pid) : Number(kibibytes) * 1024;
}

// Linux gives these to programs as constants of its interface on every architecture Node runs on.
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // The process ended meanwhile.
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
