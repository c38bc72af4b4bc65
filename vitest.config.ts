import { defineConfig } from "vitest/config";

const shared = { sequence: { shuffle: true }, pool: "forks", restoreMocks: true } as const;

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          name: "unit",
          include: ["src/**/*.test.ts", "tools/**/*.test.ts"],
          testTimeout: 30_000,
          sequence: { ...shared.sequence, groupOrder: 0 },
        },
      },
      {
        // Whole processes, real clients, load: one file at a time, so that they do not starve one another.
        test: {
          ...shared,
          name: "system",
          include: ["test/**/*.test.ts"],
          setupFiles: ["test/support/outcome.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { ...shared.sequence, groupOrder: 1 },
        },
      },
    ],
  },
});
