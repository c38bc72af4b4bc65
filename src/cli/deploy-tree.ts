/**
 * The live view of a deployment: steps, resources and revisions drawn over themselves while they change. What is over
 * (a finished service, a diagnosis) is printed above the moving part and stays.
 */
import { createLogUpdate } from "log-update";
import type { DeployEvent, PausedEvent, ResourceEvent, RolloutEvent, StepEvent, StepState, TaskEvent } from "../deploy/events.ts";
import type { Cancel, Clock } from "../kit/clock.ts";
import type { DeployView } from "./deploy-lines.ts";
import { diagnosisLines, outcomeLines, plannedLines, rolloutText, taskText } from "./deploy-text.ts";
import type { Output } from "./output.ts";
import { pauseLines, trafficLines } from "./pause-text.ts";

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMs = 100;
const COMMAND_INDENT = "      ";

interface Timed<Event> {
  event: Event;
  readonly began: number;
  ended?: number;
}

/** What is known of one subject: a service, or the environment's stack. */
interface Branch {
  readonly steps: Map<string, Timed<StepEvent>>;
  readonly resources: Map<string, Timed<ResourceEvent>>;
  readonly revisions: Map<string, RolloutEvent>;
  readonly tasks: TaskEvent[];
  notes: string[];
  /** What it waits for a person for, by the stage. */
  readonly pauses: Map<string, readonly string[]>;
  /** What old and new do with their requests meanwhile. */
  traffic: readonly string[];
}

export class DeployTree implements DeployView {
  readonly #output: Output;
  readonly #env: string;
  readonly #clock: Clock;
  readonly #branches = new Map<string, Branch>();
  readonly #draw: ReturnType<typeof createLogUpdate>;
  #frame = 0;
  #cancel: Cancel = () => undefined;

  constructor(output: Output, env: string, clock: Clock) {
    this.#output = output;
    this.#env = env;
    this.#clock = clock;
    this.#draw = createLogUpdate(output.stdout as NodeJS.WriteStream, { showCursor: true });
    output.hideCursor();
    this.#tick();
  }

  show(event: DeployEvent): void {
    const branch = this.#branch(event.subject);
    const now = this.#clock.now();
    if (event.type === "step") {
      keep(branch.steps, event.step, event, now, event.state !== "running");
      if (event.step === "environment" && event.state === "done") this.#settle(event.subject, []);
    }
    if (event.type === "resource") keep(branch.resources, event.logicalId, event, now, !event.status.endsWith("_IN_PROGRESS"));
    else if (event.type === "rollout") branch.revisions.set(event.revision, event);
    else if (event.type === "task") branch.tasks.push(event);
    else if (event.type === "note") branch.notes = [...branch.notes.slice(-2), event.text];
    else if (event.type === "paused") this.#pause(branch, event);
    else if (event.type === "traffic") branch.traffic = trafficLines(event, event.at);
    else if (event.type === "resumed") {
      branch.pauses.delete(event.stage);
      branch.traffic = [];
    } else if (event.type === "diagnosis") {
      // What ran a moment ago no longer does; the diagnosis says what was.
      branch.revisions.clear();
      branch.tasks.length = 0;
      this.#settle(event.subject, diagnosisLines(event, this.#output.paint));
    }
    if (event.type === "planned") {
      const [head = "", ...more] = plannedLines(event, this.#output.paint);
      this.#print([`${this.#output.paint.strong(event.subject)} ${head}`, ...more]);
    }
    if (event.type === "outcome") this.#settle(event.subject, outcomeLines(event, this.#env, this.#output.paint));
  }

  end(): void {
    this.#cancel();
    const lines = this.#lines();
    if (lines.length === 0) this.#draw.clear();
    else this.#draw(lines.join("\n"));
    this.#draw.done();
    this.#output.showCursor();
  }

  /** Commands that a narrow terminal would break are printed for good, whole: what is drawn over itself is broken by its width. */
  #pause(branch: Branch, event: PausedEvent): void {
    const [head = "", ...commands] = pauseLines(event, event.subject, this.#env);
    const fits = commands.every((command) => COMMAND_INDENT.length + command.length <= this.#output.columns);
    branch.pauses.set(event.stage, fits ? [head, ...commands] : [head]);
    if (!fits) this.#print([`${this.#output.paint.strong(event.subject)} ${head}`, ...commands.map((command) => `  ${command}`)]);
  }

  #print(lines: readonly string[]): void {
    this.#draw.clear();
    this.#output.line(lines.join("\n"));
  }

  #branch(subject: string): Branch {
    const known = this.#branches.get(subject);
    if (known !== undefined) return known;
    const made: Branch = {
      steps: new Map(),
      resources: new Map(),
      revisions: new Map(),
      tasks: [],
      notes: [],
      pauses: new Map(),
      traffic: [],
    };
    this.#branches.set(subject, made);
    return made;
  }

  /** Prints the branch as it is now, and the lines, for good. */
  #settle(subject: string, lines: readonly string[]): void {
    const branch = this.#branches.get(subject);
    const last = branch === undefined ? [] : this.#branchLines(subject, branch);
    this.#branches.delete(subject);
    this.#print([...last, ...lines]);
  }

  #tick(): void {
    this.#frame = (this.#frame + 1) % frames.length;
    this.#draw(this.#lines().join("\n"));
    this.#cancel = this.#clock.at(this.#clock.now() + frameMs, () => this.#tick());
  }

  #lines(): string[] {
    return [...this.#branches].flatMap(([subject, branch]) => this.#branchLines(subject, branch));
  }

  #branchLines(subject: string, { steps, resources, revisions, tasks, notes, pauses, traffic }: Branch): string[] {
    if (steps.size + notes.length === 0) return [];
    const { paint } = this.#output;
    const lines = [paint.strong(subject)];
    for (const { event, began, ended } of steps.values()) {
      lines.push(`  ${this.#mark(event.state)} ${event.text} ${paint.faint(this.#seconds(began, ended))}`);
      const holds = event.step === "stack" || event.step === "environment";
      if (holds && event.state !== "done") lines.push(...this.#resourceLines(resources));
    }
    for (const revision of revisions.values()) {
      const { running, desired, failed, status } = revision;
      const dots = paint.good("●".repeat(Math.min(running, 20))) + paint.faint("○".repeat(Math.max(0, Math.min(desired - running, 20))));
      lines.push(
        `    ${dots} ${rolloutText(revision)}${status === "PRIMARY" ? "" : paint.faint(" (before)")}${failed > 0 ? paint.bad(" !") : ""}`,
      );
    }
    for (const task of tasks.slice(-3)) lines.push(`    ${paint.bad("✗")} ${taskText(task)}`);
    for (const note of notes) lines.push(`    ${paint.warn("!")} ${note}`);
    // Each command on a line of its own: one that is broken cannot be copied.
    for (const [pause, ...commands] of pauses.values())
      lines.push(`    ${paint.warn("!")} ${pause}`, ...commands.map((command) => `${COMMAND_INDENT}${command}`));
    lines.push(...traffic.map((line) => `${COMMAND_INDENT}${line}`));
    return lines;
  }

  /** What moves and what failed; the rest is only counted, so that the tree fits a small terminal. */
  #resourceLines(resources: Branch["resources"]): string[] {
    const { paint } = this.#output;
    const all = [...resources.values()];
    const moving = all.filter(({ event }) => event.status.endsWith("_IN_PROGRESS"));
    const failed = all.filter(({ event }) => event.status.endsWith("_FAILED"));
    const done = all.length - moving.length - failed.length;
    return [
      ...(done > 0 ? [`    ${paint.good("✓")} ${done} resource${done === 1 ? "" : "s"}`] : []),
      ...moving
        .slice(0, 8)
        .map(
          ({ event, began }) =>
            `    ${this.#mark("running")} ${event.logicalId} ${paint.faint(`${event.resourceType} ${this.#seconds(began)}`)}`,
        ),
      ...(moving.length > 8 ? [paint.faint(`      and ${moving.length - 8} more`)] : []),
      ...failed.map(({ event }) => `    ${paint.bad("✗")} ${event.logicalId} ${paint.faint(event.reason ?? event.status)}`),
    ];
  }

  #mark(state: StepState): string {
    const { paint } = this.#output;
    return state === "done" ? paint.good("✓") : state === "failed" ? paint.bad("✗") : paint.warn(frames[this.#frame] ?? "");
  }

  #seconds(began: number, ended = this.#clock.now()): string {
    return `${((ended - began) / 1000).toFixed(1)} s`;
  }
}

function keep<Event>(map: Map<string, Timed<Event>>, key: string, event: Event, now: number, over: boolean): void {
  const known = map.get(key);
  // A resource that is rolled back begins anew.
  const began = known === undefined || (known.ended !== undefined && !over) ? now : known.began;
  map.set(key, { event, began, ...(over ? { ended: now } : {}) });
}
