/** A deployment as plain lines: for pipelines, and wherever nobody watches. */
import type { DeployEvent } from "../deploy/events.ts";
import { diagnosisLines, outcomeLines, plannedLines, rolloutText, shortened, taskText } from "./deploy-text.ts";
import type { Output } from "./output.ts";
import { pauseText, trafficLines } from "./pause-text.ts";

/** A way to follow a deployment. */
export interface DeployView {
  show(event: DeployEvent): void;
  /** Draws what is left and lets go of the terminal. */
  end(): void;
}

/** One line an event, in order, without what only a person watching could use. */
export class DeployLines implements DeployView {
  readonly #output: Output;
  readonly #env: string;
  /** What was said last of old and new, by service. */
  readonly #verdicts = new Map<string, string>();

  constructor(output: Output, env: string) {
    this.#output = output;
    this.#env = env;
  }

  show(event: DeployEvent): void {
    const { paint } = this.#output;
    if (event.type === "diagnosis") for (const line of diagnosisLines(event, paint)) this.#output.line(line);
    else if (event.type === "outcome") for (const line of outcomeLines(event, this.#env, paint)) this.#output.line(line);
    else if (event.type === "planned") {
      const [head = "", ...more] = plannedLines(event, paint);
      this.#output.line(`${paint.faint(event.at.slice(11, 19))} ${event.subject}: ${head}`);
      for (const line of more) this.#output.line(`         ${line}`);
    } else {
      const text = this.#text(event);
      if (text !== undefined) this.#output.line(`${paint.faint(event.at.slice(11, 19))} ${event.subject}: ${text}`);
    }
  }

  #text(event: Exclude<DeployEvent, { type: "diagnosis" | "outcome" | "planned" }>): string | undefined {
    const { paint } = this.#output;
    switch (event.type) {
      case "step":
        if (event.state === "failed") return paint.bad(event.text);
        return event.state === "done" ? `${paint.good("✓")} ${event.text}` : `${event.text} …`;
      case "resource": {
        // The environment's fifty resources are one step; what a rollback deletes is told by the step's end.
        if (!/^(CREATE|UPDATE)_(COMPLETE|FAILED)$|^DELETE_FAILED$/.test(event.status)) return undefined;
        if (event.subject === event.stack && !event.status.endsWith("_FAILED")) return undefined;
        const what = `${event.logicalId} (${event.resourceType})`;
        if (!event.status.endsWith("_FAILED")) return `${event.status} ${what}`;
        return `${paint.bad(event.status)} ${what}${event.reason === undefined ? "" : `: ${event.reason}`}`;
      }
      case "rollout":
        return rolloutText(event);
      case "task":
        return paint.bad(taskText(event));
      case "service-event":
        return paint.faint(shortened(event.message));
      case "paused":
        return paint.warn(pauseText(event, event.subject, this.#env));
      case "traffic": {
        // The numbers change every minute; a line says when they say something else.
        const before = this.#verdicts.get(event.subject);
        this.#verdicts.set(event.subject, event.verdict);
        if (before === event.verdict) return undefined;
        const text = trafficLines(event, event.at).join(" · ");
        return event.verdict === "worse" ? paint.warn(text) : text;
      }
      case "resumed":
        return `waits at ${event.stage} no longer`;
      case "note":
        return event.text;
    }
  }

  end(): void {}
}
