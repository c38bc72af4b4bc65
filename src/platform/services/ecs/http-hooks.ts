/**
 * Lifecycle hooks on one machine: where ECS invokes a Lambda function, this posts the same event to a URL and reads the
 * same answer. The URL is the hook's target itself, or `localUrl` of its `hookDetails` when the target is a function.
 */
import type { HookCall, HookEvent, LifecycleHooks } from "../../../controller/ports.ts";

/** A Lambda function runs for at most 15 minutes. */
const ANSWER_WITHIN_MS = 15 * 60_000;

interface Answer {
  readonly hookStatus?: unknown;
  /** Seconds. */
  readonly callBackDelay?: unknown;
}

export class HttpHooks implements LifecycleHooks {
  readonly #emit: (event: HookEvent) => void;
  readonly #report: (failure: unknown, what: string) => void;

  /** `report`: told why a hook counts as failed without having said so. */
  constructor({ emit, report }: { readonly emit: (event: HookEvent) => void; readonly report: (failure: unknown, what: string) => void }) {
    this.#emit = emit;
    this.#report = report;
  }

  call(hook: HookCall): void {
    this.#ask(hook).then(
      (answer) => this.#emit({ type: "hook-answered", serviceArn: hook.serviceArn, hookId: hook.hookId, ...answer }),
      (failure: unknown) => {
        this.#report(failure, `calling the lifecycle hook ${hook.target} in stage ${hook.stage}`);
        this.#emit({ type: "hook-answered", serviceArn: hook.serviceArn, hookId: hook.hookId, status: "FAILED" });
      },
    );
  }

  async #ask(hook: HookCall): Promise<Pick<HookEvent, "status" | "callBackDelayMs">> {
    const response = await fetch(urlOf(hook), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        executionId: hook.hookId,
        lifecycleStage: hook.stage,
        resourceArn: hook.serviceDeploymentArn,
        executionDetails: { serviceArn: hook.serviceArn, targetServiceRevisionArn: hook.targetServiceRevisionArn },
        hookDetails: hook.details,
      }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!response.ok) throw new Error(`the hook answered ${response.status}`);
    const answer = (await response.json()) as Answer;
    const status = answer.hookStatus;
    if (status !== "SUCCEEDED" && status !== "FAILED" && status !== "IN_PROGRESS") {
      throw new Error(`the hook answered ${JSON.stringify(answer)}; hookStatus must be SUCCEEDED, FAILED or IN_PROGRESS`);
    }
    return { status, ...(typeof answer.callBackDelay === "number" ? { callBackDelayMs: answer.callBackDelay * 1000 } : {}) };
  }
}

function urlOf({ target, details }: HookCall): string {
  if (/^https?:\/\//.test(target)) return target;
  const local = typeof details === "object" && details !== null && "localUrl" in details ? details.localUrl : undefined;
  if (typeof local === "string") return local;
  throw new Error(`the local platform runs no Lambda functions: give the hook a URL as its target, or hookDetails.localUrl`);
}
