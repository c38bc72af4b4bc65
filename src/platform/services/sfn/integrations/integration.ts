/** What a Task's resource does: called with the state's parameters, it answers with the task's result. */
import type { JsonObject } from "../../../../kit/json.ts";
import type { Call } from "../../../gateway/operations.ts";

export interface Work {
  readonly call: Call;
  readonly region: string;
  /** The same for every attempt at the same act, also after a crash: a client token. */
  readonly token: string;
  /** Aborted when the result is not wanted any more; what goes on is then to be stopped. */
  readonly signal: AbortSignal;
  /** Tells that the work was taken on and goes on. */
  readonly submitted: (output: unknown) => void;
  /** Resolves when the ECS task has stopped, or is not known (any more); rejects when the signal is aborted. */
  readonly taskEnd: (taskArn: string) => Promise<void>;
}

export type Integration = (parameters: JsonObject, work: Work) => Promise<unknown>;

/** A failure with the name that Retry and Catch look for. */
export class IntegrationFailure extends Error {
  readonly error: string;

  constructor(error: string, cause: string) {
    super(cause);
    this.name = "IntegrationFailure";
    this.error = error;
  }
}
