/** How a command ended, and what it said. Expected of an outcome is its exit code, by `toExitWith`: another one is told with all that was said. */
import { expect } from "vitest";

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const said = ({ stdout, stderr }: Outcome): string => stdout + stderr;

expect.extend({
  toExitWith(outcome: Outcome, exitCode: number) {
    return {
      pass: outcome.status === exitCode,
      message: () => `exit code ${outcome.status}${this.isNot ? "" : `, not ${exitCode}`}:\n${said(outcome)}`,
    };
  },
});

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: the parameter is declared as vitest declares it.
  interface Matchers<T = any> {
    toExitWith: T extends Outcome ? (exitCode: number) => void : never;
  }
}
