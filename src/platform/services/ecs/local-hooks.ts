/**
 * Lifecycle hooks on one machine: where ECS invokes a Lambda function, this posts the same event to a URL, or gives it to
 * a command, and reads the same answer. The URL is the hook's target itself, the function's stand-in, or `localUrl` of
 * its `hookDetails`; a command is a stand-in alone, which only who may write the state directory can give.
 */
import type { HookCall, HookEvent, LifecycleHooks } from "../../../controller/ports.ts";
import type { HookStandIn } from "../../../model/hook-stand-in.ts";
import { runHookCommand } from "./command-hooks.ts";

/** A Lambda function runs for at most 15 minutes. */
const ANSWER_WITHIN_MS = 15 * 60_000;

interface Answer {
  readonly hookStatus?: unknown;
  /** Seconds. */
  readonly callBackDelay?: unknown;
}

export class LocalHooks implements LifecycleHooks {
  readonly #emit: (event: HookEvent) => void;
  readonly #report: (failure: unknown, what: string) => void;
  readonly #standIn: (serviceArn: string, functionArn: string) => HookStandIn | undefined;

  /**
   * `report`: told why a hook counts as failed without having said so. `standIn`: what answers for a function. A request
   * to the API cannot name a command, because every task can reach the API and would get out of its namespace.
   */
  constructor(options: {
    readonly emit: (event: HookEvent) => void;
    readonly report: (failure: unknown, what: string) => void;
    readonly standIn: (serviceArn: string, functionArn: string) => HookStandIn | undefined;
  }) {
    this.#emit = options.emit;
    this.#report = options.report;
    this.#standIn = options.standIn;
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
    const event = {
      executionId: hook.hookId,
      lifecycleStage: hook.stage,
      resourceArn: hook.serviceDeploymentArn,
      executionDetails: { serviceArn: hook.serviceArn, targetServiceRevisionArn: hook.targetServiceRevisionArn },
      hookDetails: hook.details,
    };
    const way = wayOf(hook, this.#standIn(hook.serviceArn, hook.target));
    const answer = parseAnswer(
      "url" in way ? await post(way.url, event) : await runHookCommand(way.command, way.folder, event, ANSWER_WITHIN_MS),
    );
    const status = answer.hookStatus;
    if (status !== "SUCCEEDED" && status !== "FAILED" && status !== "IN_PROGRESS") {
      throw new Error(`the hook answered ${JSON.stringify(answer)}; hookStatus must be SUCCEEDED, FAILED or IN_PROGRESS`);
    }
    return { status, ...(typeof answer.callBackDelay === "number" ? { callBackDelayMs: answer.callBackDelay * 1000 } : {}) };
  }
}

async function post(url: string, event: unknown): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  if (!response.ok) throw new Error(`the hook answered ${response.status}`);
  return response.text();
}

function parseAnswer(text: string): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error(`the hook answered '${text.slice(0, 200)}', which is not JSON`);
  }
  if (typeof answer !== "object" || answer === null) throw new Error(`the hook answered ${text.slice(0, 200)}, not an object`);
  return answer;
}

function wayOf({ target, details }: HookCall, standIn: HookStandIn | undefined): HookStandIn {
  if (/^https?:\/\//.test(target)) return { url: target };
  if (standIn !== undefined) return standIn;
  const { localUrl } = (typeof details === "object" && details !== null ? details : {}) as Record<string, unknown>;
  if (typeof localUrl === "string") return { url: localUrl };
  throw new Error(
    "the local platform runs no Lambda functions: give the function a stand-in (local: {hooks: …} of the Environment document local), or the hook a URL as its target or as hookDetails.localUrl",
  );
}
