/**
 * What Fargate tasks cost: AWS's on-demand rates in us-east-1 for Linux, US dollars, as https://aws.amazon.com/fargate/pricing/
 * gave them in 2026. Spot floats; it is taken at its usual share.
 */
export interface TaskSize {
  /** CPU units, 1024 a vCPU. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  readonly architecture: "x86_64" | "arm64";
  /** GiB; 20 unless given. */
  readonly ephemeralStorage?: number;
}

const RATES = {
  x86_64: { vcpuHour: 0.04048, gbHour: 0.004445 },
  arm64: { vcpuHour: 0.03238, gbHour: 0.00356 },
} as const;

/** FARGATE_SPOT costs about this much of FARGATE; AWS advertises up to 70 % off. */
export const SPOT_SHARE = 0.31;

/** Of ephemeral storage so many GB are free of charge; each further one costs as much an hour. */
const FREE_STORAGE = 20;
const STORAGE_GB_HOUR = 0.000111;

/** US dollars for one task of that size for an hour. 0.25 vCPU and 0.5 GB: 0.0123425. */
export function taskHourPrice({ cpu, memory, architecture, ephemeralStorage = FREE_STORAGE }: TaskSize): number {
  const { vcpuHour, gbHour } = RATES[architecture];
  return (cpu / 1024) * vcpuHour + (memory / 1024) * gbHour + Math.max(0, ephemeralStorage - FREE_STORAGE) * STORAGE_GB_HOUR;
}
