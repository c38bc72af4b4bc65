/**
 * Memory limit and measures of one container. With control groups the kernel enforces the limit: it kills a process
 * of the container, as on Fargate, and the container goes on if its main process survives. Without them memory is
 * sampled, and the main process is killed when the container is found above its limit.
 */
import { join } from "node:path";
import { removeEmptyFolders } from "../../kit/remove-folder.ts";
import { cpuGroups, type GroupRoot, type MemoryLimitKind, makeGroup, memoryGroups, noteGroups, read, write } from "./control-groups.ts";
import { processStat, proportionalBytes, residentBytes } from "./process-tree.ts";

/** Since the container started; memory at this moment. */
export interface ResourceUse {
  /** Processor time in milliseconds. */
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

export interface ContainerResources {
  /**
   * Files into which the container's first process writes 0 to take itself in, before anything else: that costs nothing,
   * where moving another process makes the kernel wait about ten milliseconds for all processors.
   */
  readonly entrances: readonly string[];
  /** Takes the container's first process in, before it has made others, where it has not come in by itself. */
  admit(pid: number): void;
  use(): ResourceUse;
  /** Whether a process of the container was killed because it wanted more memory than the limit. */
  outOfMemory(): boolean;
  /** Call when no process of the container runs any more. */
  close(): void;
}

export interface ResourceLimits {
  readonly taskId: string;
  readonly container: string;
  /** MiB of the task. */
  readonly taskMemory: number;
  /** MiB of the container alone. */
  readonly containerMemory?: number;
  /** Pids of the container's processes. */
  readonly pids: () => readonly number[];
  /** Ends the container's main process at once (only where memory is sampled). */
  readonly kill: () => void;
}

const MEBIBYTE = 1024 * 1024;

export class TaskResources {
  readonly kind: MemoryLimitKind;
  readonly #memory: GroupRoot | undefined;
  readonly #cpu: string | undefined;

  /** Tries what the machine allows; groups left by an earlier platform with the same state directory are removed. */
  constructor(stateDir: string, withGroups = true) {
    this.#memory = withGroups ? memoryGroups(stateDir) : undefined;
    this.#cpu = this.#memory?.kind === "cgroup-v1" ? cpuGroups(stateDir) : undefined;
    this.kind = this.#memory?.kind ?? "sampled";
    noteGroups(stateDir, this.#folders());
  }

  open(limits: ResourceLimits): ContainerResources {
    return this.#memory === undefined ? new SampledResources(limits) : new GroupedResources(limits, this.#memory, this.#cpu);
  }

  /** Removes the groups of a task that is over. */
  async remove(taskId: string): Promise<void> {
    await Promise.all(this.#folders().map((folder) => removeSoon(join(folder, taskId))));
  }

  async close(): Promise<void> {
    await Promise.all(this.#folders().map((folder) => removeSoon(folder)));
  }

  #folders(): string[] {
    return [this.#memory?.folder, this.#cpu].filter((folder) => folder !== undefined);
  }
}

class GroupedResources implements ContainerResources {
  readonly entrances: readonly string[];
  readonly #limits: ResourceLimits;
  readonly #memory: string;
  readonly #version: GroupRoot["kind"];
  readonly #cpu: string | undefined;
  #last: ResourceUse = { cpuMs: 0, memoryBytes: 0 };
  #outOfMemory = false;
  #closed = false;

  constructor(limits: ResourceLimits, root: GroupRoot, cpuRoot: string | undefined) {
    this.#limits = limits;
    this.#version = root.kind;
    const task = join(root.folder, limits.taskId);
    this.#memory = join(task, limits.container);
    makeGroup(task);
    if (root.kind === "cgroup-v2") write(join(task, "cgroup.subtree_control"), "+memory");
    this.#limit(task, limits.taskMemory);
    makeGroup(this.#memory);
    if (limits.containerMemory !== undefined) this.#limit(this.#memory, limits.containerMemory);
    this.#cpu = cpuRoot === undefined ? undefined : join(cpuRoot, limits.taskId, limits.container);
    if (this.#cpu !== undefined) makeGroup(this.#cpu);
    // Version 2 moves whole processes only, and waits also for one that moves itself.
    this.entrances = root.kind === "cgroup-v2" ? [] : this.#groups().map((group) => join(group, "tasks"));
  }

  admit(pid: number): void {
    if (this.entrances.length > 0 && this.#groups().every((group) => read(join(group, "cgroup.procs")).split("\n").includes(String(pid))))
      return;
    for (const group of this.#groups()) write(join(group, "cgroup.procs"), String(pid));
  }

  use(): ResourceUse {
    if (this.#closed) return this.#last;
    const second = this.#version === "cgroup-v2";
    const used = Number(read(join(this.#memory, second ? "memory.current" : "memory.usage_in_bytes")));
    // Pages of files that can be dropped at any time are not counted, as Container Insights does.
    const [, inactive] = /^(?:total_)?inactive_file (\d+)$/m.exec(read(join(this.#memory, "memory.stat"))) ?? [];
    this.#last = { cpuMs: this.#cpuMs(), memoryBytes: Math.max(0, used - Number(inactive ?? 0)) };
    return this.#last;
  }

  outOfMemory(): boolean {
    if (this.#closed) return this.#outOfMemory;
    const file = this.#version === "cgroup-v2" ? "memory.events" : "memory.oom_control";
    this.#outOfMemory = /^oom_kill [1-9]/m.test(read(join(this.#memory, file)));
    return this.#outOfMemory;
  }

  close(): void {
    if (this.#closed) return;
    this.use();
    this.outOfMemory();
    this.#closed = true;
    // The groups themselves go with the task's.
  }

  #groups(): string[] {
    return [this.#memory, this.#cpu].filter((group) => group !== undefined);
  }

  #cpuMs(): number {
    if (this.#version === "cgroup-v2") {
      const [, microseconds] = /^usage_usec (\d+)$/m.exec(read(join(this.#memory, "cpu.stat"))) ?? [];
      return Number(microseconds ?? 0) / 1_000;
    }
    if (this.#cpu !== undefined) return Number(read(join(this.#cpu, "cpuacct.usage"))) / 1e6;
    return Math.max(this.#last.cpuMs, cpuMsOf(this.#limits.pids()));
  }

  #limit(group: string, mebibytes: number): void {
    const bytes = String(mebibytes * MEBIBYTE);
    if (this.#version === "cgroup-v2") {
      write(join(group, "memory.max"), bytes);
      write(join(group, "memory.swap.max"), "0");
    } else {
      write(join(group, "memory.limit_in_bytes"), bytes);
      // Memory and swap together; refused where swap is not accounted for.
      write(join(group, "memory.memsw.limit_in_bytes"), bytes);
    }
  }
}

/** How often a container is looked at; near its limit more often, because a sampled limit can be overshot. */
const CALM_MS = 500;
const NEAR_MS = 50;

class SampledResources implements ContainerResources {
  readonly entrances: readonly string[] = [];
  readonly #limits: ResourceLimits;
  readonly #limitBytes: number;
  #last: ResourceUse = { cpuMs: 0, memoryBytes: 0 };
  #outOfMemory = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: ResourceLimits) {
    this.#limits = limits;
    this.#limitBytes = Math.min(limits.containerMemory ?? limits.taskMemory, limits.taskMemory) * MEBIBYTE;
  }

  admit(): void {
    this.#timer = setTimeout(() => this.#look(), NEAR_MS).unref();
  }

  use(): ResourceUse {
    const pids = this.#limits.pids();
    if (pids.length > 0) this.#last = { cpuMs: Math.max(this.#last.cpuMs, cpuMsOf(pids)), memoryBytes: sum(pids, proportionalBytes) };
    return this.#last;
  }

  outOfMemory(): boolean {
    return this.#outOfMemory;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#last = { ...this.#last, memoryBytes: 0 };
  }

  #look(): void {
    const pids = this.#limits.pids();
    let bytes = sum(pids, residentBytes);
    // Resident sums count shared pages more than once; the exact figure costs more and is read only near the limit.
    if (bytes > this.#limitBytes * 0.8) bytes = sum(pids, proportionalBytes);
    if (bytes > this.#limitBytes) {
      this.#outOfMemory = true;
      this.#limits.kill();
      return;
    }
    this.#timer = setTimeout(() => this.#look(), bytes > this.#limitBytes / 2 ? NEAR_MS : CALM_MS).unref();
  }
}

function cpuMsOf(pids: readonly number[]): number {
  return sum(pids, (pid) => processStat(pid)?.cpuMs ?? 0);
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}

/** A group can be removed once the kernel has let go of its last process, which takes a moment after the exit. */
async function removeSoon(folder: string): Promise<void> {
  for (let tries = 0; tries < 100 && !removeEmptyFolders(folder); tries++) await new Promise((resolve) => setTimeout(resolve, 10));
}
