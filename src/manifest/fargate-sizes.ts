/** The pairs of CPU and memory that Fargate sells (CPU units → MiB), from the ECS developer guide, "Task size". */
const range = (from: number, to: number, step: number): readonly number[] =>
  Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);

export const fargateSizes: ReadonlyMap<number, readonly number[]> = new Map([
  [256, [512, 1024, 2048]],
  [512, range(1024, 4096, 1024)],
  [1024, range(2048, 8192, 1024)],
  [2048, range(4096, 16_384, 1024)],
  [4096, range(8192, 30_720, 1024)],
  [8192, range(16_384, 61_440, 4096)],
  [16_384, range(32_768, 122_880, 8192)],
]);

/** `1024, 2048, 3072 or 4096`; a long row as `8192 to 30720 in steps of 1024`. */
export function memoryHint(cpu: number): string {
  const sizes = fargateSizes.get(cpu) ?? [];
  if (sizes.length > 7) return `${sizes[0]} to ${sizes.at(-1)} in steps of ${(sizes[1] as number) - (sizes[0] as number)}`;
  return `${sizes.slice(0, -1).join(", ")} or ${sizes.at(-1)}`;
}
