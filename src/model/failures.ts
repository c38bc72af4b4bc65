/**
 * The registry of expected failures outside the manifest (its diagnostics have their own codes, FSD1xxx): FSD5xxx are
 * usage, FSD6xxx the local platform, FSD7xxx AWS and its stacks, FSD8xxx a deployment. A code keeps its meaning for
 * ever; a retired one is not given out again (retired-codes.ts). What each means at length is in failure-pages/.
 */
import { FsdError } from "../kit/fsd-error.ts";
import { ExitCode } from "./exit-code.ts";

export const failures = {
  FSD5001: { title: "usage", exitCode: ExitCode.usage },
  FSD5002: { title: "no such service or job", exitCode: ExitCode.usage },
  FSD5003: { title: "confirmation needed", exitCode: ExitCode.declined },
  FSD5004: { title: "declined", exitCode: ExitCode.declined },
  FSD5005: { title: "unreadable input", exitCode: ExitCode.usage },
  FSD5007: { title: "no such deployment under way", exitCode: ExitCode.usage },
  FSD5130: { title: "interrupted", exitCode: ExitCode.interrupted },
  FSD6001: { title: "local platform is not running", exitCode: ExitCode.failed },
  FSD6002: { title: "local platform runs with other settings", exitCode: ExitCode.usage },
  FSD6003: { title: "local platform did not start", exitCode: ExitCode.failed },
  FSD6004: { title: "port is taken", exitCode: ExitCode.failed },
  FSD6005: { title: "local platform did not stop", exitCode: ExitCode.failed },
  FSD6006: { title: "not built", exitCode: ExitCode.usage },
  FSD7001: { title: "wrong account", exitCode: ExitCode.failed },
  FSD7002: { title: "AWS refused the request", exitCode: ExitCode.failed },
  FSD7003: { title: "endpoint does not answer", exitCode: ExitCode.failed },
  FSD7004: { title: "stack is busy", exitCode: ExitCode.failed },
  FSD7005: { title: "stack needs recovery", exitCode: ExitCode.failed },
  FSD7006: { title: "stack belongs to another service", exitCode: ExitCode.usage },
  FSD7007: { title: "environment is missing", exitCode: ExitCode.usage },
  FSD7008: { title: "value not found", exitCode: ExitCode.failed },
  FSD7009: { title: "template too large", exitCode: ExitCode.usage },
  FSD7010: { title: "another service answers", exitCode: ExitCode.usage },
  FSD8001: { title: "deployment failed", exitCode: ExitCode.failed },
  FSD8002: { title: "no image", exitCode: ExitCode.usage },
  FSD8003: { title: "build context", exitCode: ExitCode.usage },
  FSD8004: { title: "delete failed", exitCode: ExitCode.failed },
  FSD8005: { title: "local secrets", exitCode: ExitCode.usage },
  FSD8006: { title: "run not started", exitCode: ExitCode.failed },
  FSD8007: { title: "image not promoted", exitCode: ExitCode.failed },
  FSD8008: { title: "service is frozen", exitCode: ExitCode.failed },
  FSD8009: { title: "image has findings", exitCode: ExitCode.failed },
  FSD8010: { title: "environment is protected", exitCode: ExitCode.failed },
  FSD8011: { title: "last task of a protected service", exitCode: ExitCode.failed },
  FSD8012: { title: "image of another architecture", exitCode: ExitCode.usage },
  FSD8013: { title: "loss in a protected environment", exitCode: ExitCode.failed },
  FSD8014: { title: "deployed by another controller", exitCode: ExitCode.failed },
  FSD8015: { title: "traffic in the second target group", exitCode: ExitCode.failed },
  FSD9999: { title: "a defect of fsd", exitCode: ExitCode.failed },
} as const;

export type FailureCode = keyof typeof failures;

/** An expected failure of the registry, ready to be thrown. */
export function failure(code: FailureCode, message: string, details: { hint?: string | undefined; cause?: unknown } = {}): FsdError {
  return new FsdError({ code, message, exitCode: failures[code].exitCode, ...details });
}
