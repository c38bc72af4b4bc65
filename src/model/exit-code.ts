/** What a verb's exit code says. */
export const ExitCode = {
  done: 0,
  failed: 1,
  usage: 2,
  declined: 3,
  /** The deployment was rolled back: the previous revision serves, the requested one is not live. */
  rolledBack: 4,
  interrupted: 130,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: "done, or nothing to do",
  1: "failed",
  2: "invalid manifest or usage",
  3: "declined",
  4: "rolled back: the requested revision is not live",
  130: "interrupted",
};
