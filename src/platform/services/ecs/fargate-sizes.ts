/**
 * The CPU and memory sizes of Fargate tasks. Both are text in the API and may carry units: `"1024"`, `"1 vCPU"`,
 * `"2GB"`; registration normalises them.
 */
import { clientFault } from "./faults.ts";

interface Size {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

const GIB = 1024;
const memoryByCpu: Readonly<Record<number, Size>> = {
  512: { least: GIB, most: 4 * GIB, step: GIB },
  1024: { least: 2 * GIB, most: 8 * GIB, step: GIB },
  2048: { least: 4 * GIB, most: 16 * GIB, step: GIB },
  4096: { least: 8 * GIB, most: 30 * GIB, step: GIB },
  8192: { least: 16 * GIB, most: 60 * GIB, step: 4 * GIB },
  16384: { least: 32 * GIB, most: 120 * GIB, step: 8 * GIB },
};

/** CPU units of `"256"`, `".25 vCPU"`; NaN when it is neither. */
export function cpuUnits(text: string): number {
  const vcpu = /^\s*(\d*\.?\d+)\s*vcpu\s*$/i.exec(text);
  if (vcpu !== null) return Number(vcpu[1]) * 1024;
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}

/** MiB of `"512"`, `"0.5 GB"`; NaN when it is neither. */
export function memoryMib(text: string): number {
  const gigabytes = /^\s*(\d*\.?\d+)\s*gb\s*$/i.exec(text);
  if (gigabytes !== null) return Number(gigabytes[1]) * GIB;
  return /^\s*\d+\s*$/.test(text) ? Number(text) : Number.NaN;
}

/** Whether Fargate has tasks of that size. */
export function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory);
  const size = memoryByCpu[cpu];
  return size !== undefined && memory >= size.least && memory <= size.most && (memory - size.least) % size.step === 0;
}

/** The normalised size, or ECS's refusal. */
export function requireFargateSize(cpuText: string | undefined, memoryText: string | undefined): { cpu: string; memory: string } {
  if (cpuText === undefined || cpuText === "") throw clientFault("Fargate requires that 'cpu' be defined at the task level.");
  if (memoryText === undefined || memoryText === "") throw clientFault("Fargate requires that 'memory' be defined at the task level.");
  const cpu = cpuUnits(cpuText);
  const memory = memoryMib(memoryText);
  if (Number.isNaN(cpu)) throw clientFault(`Invalid 'cpu' setting for task. Unable to parse ${cpuText}.`);
  if (Number.isNaN(memory)) throw clientFault(`Invalid 'memory' setting for task. Unable to parse ${memoryText}.`);
  if (!isFargateSize(cpu, memory)) {
    throw clientFault(
      `No Fargate configuration exists for given values: ${cpu} CPU, ${memory} memory. See the Amazon ECS documentation for the valid values.`,
    );
  }
  return { cpu: String(cpu), memory: String(memory) };
}
