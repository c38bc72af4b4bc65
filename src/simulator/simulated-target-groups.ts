/**
 * Target groups without packets: a target's health follows from when its address answers, at the ticks of the health
 * check. Only changes cost anything: between them no probe is made. As at an Application Load Balancer, a new target
 * needs one success; `healthyThreshold` applies to recovery, `unhealthyThreshold` to falling ill. Each prober, a load balancer's node
 * in one zone, keeps a view of its own and routes by it; their ticks are spread over the interval, and what is told is the
 * whole of the views (docs/decisions/0019).
 *
 * Example, two probers, every 30 s: they ask 15, 30, 45, 60 … s after the registration, in turn. A program that answers from the 20th
 * second on is healthy at 30 s, one that answers from the 5th at 15 s; with one prober both are at 30 s.
 */
import type { Target, TargetEvent, TargetGroups, TargetState } from "../controller/ports.ts";
import type { Cancel, Clock } from "../kit/clock.ts";

export interface TargetGroupBehaviour {
  readonly intervalMs: number;
  /** How long a health check waits for its answer; 5 s unless given. */
  readonly timeoutMs?: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** How long connections keep a draining target busy, at most the deregistration delay. */
  readonly drainMs: number;
  /** How many nodes probe each target; one unless given. */
  readonly probers?: number;
  /** How long after its registration a target is first asked by the first node; an interval unless given. */
  readonly firstProbeMs?: number;
}

/** What one prober holds of a target. */
interface View {
  state: "initial" | "healthy" | "unhealthy";
  everHealthy: boolean;
  /** The answer that is counted at present, until it changes the state. */
  counted: boolean | undefined;
  cancel: Cancel;
}

interface SimulatedTarget {
  readonly targetGroupArn: string;
  readonly target: Target;
  state: TargetState;
  readonly registeredTime: number;
  readonly views: readonly View[];
  /** When it became healthy for the first time: its slow start begins there. */
  healthySince: number | undefined;
}

/** A target as it is seen, by all nodes or by one. */
export interface SeenTarget {
  readonly target: Target;
  readonly state: TargetState;
  readonly healthySince: number | undefined;
  /** Whether any node has found it healthy: those that have found none themselves go by it. */
  readonly served: boolean;
}

export class SimulatedTargetGroups implements TargetGroups {
  readonly #clock: Clock;
  readonly #behaviour: (targetGroupArn: string) => TargetGroupBehaviour;
  readonly #emit: (event: TargetEvent) => void;
  readonly #targets = new Map<string, SimulatedTarget>();
  readonly #byGroup = new Map<string, Set<SimulatedTarget>>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #answering = new Set<string>();
  /** How long a health check waits for its answer, by address, where that is worth a word. */
  #answerTimes: ReadonlyMap<string, number> = new Map();

  constructor(options: {
    readonly clock: Clock;
    readonly behaviour: (targetGroupArn: string) => TargetGroupBehaviour;
    readonly emit: (event: TargetEvent) => void;
  }) {
    this.#clock = options.clock;
    this.#behaviour = options.behaviour;
    this.#emit = options.emit;
  }

  register(targetGroupArn: string, target: Target): void {
    const key = keyOf(targetGroupArn, target);
    const known = this.#targets.get(key);
    if (known !== undefined && known.state !== "draining") return;
    if (known !== undefined) this.#byGroup.get(targetGroupArn)?.delete(known);
    const fresh: SimulatedTarget = {
      targetGroupArn,
      target,
      state: "initial",
      registeredTime: this.#clock.now(),
      views: Array.from(
        { length: this.probers(targetGroupArn) },
        (): View => ({ state: "initial", everHealthy: false, counted: undefined, cancel: () => undefined }),
      ),
      healthySince: undefined,
    };
    this.#targets.set(key, fresh);
    const group = this.#byGroup.get(targetGroupArn) ?? new Set();
    group.add(fresh);
    this.#byGroup.set(targetGroupArn, group);
    const addresses = this.#byAddress.get(target.ip) ?? new Set();
    addresses.add(key);
    this.#byAddress.set(target.ip, addresses);
    this.#later(0, () => this.#tell(fresh));
    this.#judge(fresh);
  }

  deregister(targetGroupArn: string, target: Target): void {
    const key = keyOf(targetGroupArn, target);
    const known = this.#targets.get(key);
    if (known === undefined) {
      this.#later(0, () => this.#emit({ type: "target-health", targetGroupArn, target, state: "unused", reason: "Target.NotRegistered" }));
      return;
    }
    if (known.state === "draining") return;
    for (const view of known.views) view.cancel();
    known.state = "draining";
    this.#later(0, () => this.#tell(known));
    this.#later(this.#behaviour(targetGroupArn).drainMs, () => {
      if (this.#targets.get(key) !== known || known.state !== "draining") return;
      this.#targets.delete(key);
      this.#byGroup.get(targetGroupArn)?.delete(known);
      this.#byAddress.get(target.ip)?.delete(key);
      known.state = "unused";
      this.#tell(known);
    });
  }

  /** The address begins or ceases to answer. */
  setAnswering(ip: string, answering: boolean): void {
    if (answering) this.#answering.add(ip);
    else this.#answering.delete(ip);
    this.#judgeAll(ip);
  }

  /**
   * How many ms these addresses, and no others, keep a health check waiting because of what they have to do. Where that is
   * longer than its timeout, it fails; requests they still answer, as far as they can.
   */
  setAnswerTimes(msByAddress: ReadonlyMap<string, number>): void {
    const before = this.#answerTimes;
    this.#answerTimes = new Map(msByAddress);
    for (const ip of new Set([...before.keys(), ...msByAddress.keys()])) {
      this.#judgeAll(ip);
    }
  }

  #judgeAll(ip: string): void {
    for (const key of this.#byAddress.get(ip) ?? []) {
      const target = this.#targets.get(key);
      if (target !== undefined && target.state !== "draining") this.#judge(target);
    }
  }

  /** How many nodes probe the targets of a group, and route to them. */
  probers(targetGroupArn: string): number {
    return this.#behaviour(targetGroupArn).probers ?? 1;
  }

  /** The state of every registered target: as all nodes together see it, or as one of them does. */
  states(targetGroupArn: string, node?: number): readonly SeenTarget[] {
    const targets = [...(this.#byGroup.get(targetGroupArn) ?? [])];
    return targets.map(({ target, state, healthySince, views }) => {
      const leaves = state === "draining" || state === "unused";
      const seen = node === undefined || leaves ? undefined : views[node]?.state;
      return { target, state: seen ?? state, healthySince, served: !leaves && views.some((view) => view.state === "healthy") };
    });
  }

  isAnswering(ip: string): boolean {
    return this.#answering.has(ip);
  }

  /** Schedules the ticks at which the present answer, if it stays, changes what the probers find. */
  #judge(target: SimulatedTarget): void {
    const { timeoutMs = 5_000 } = this.#behaviour(target.targetGroupArn);
    const { ip } = target.target;
    const answering = this.#answering.has(ip) && (this.#answerTimes.get(ip) ?? 0) <= timeoutMs;
    for (const [index, view] of target.views.entries()) this.#judgeAs(view, index, target, answering);
  }

  #judgeAs(view: View, index: number, target: SimulatedTarget, answering: boolean): void {
    if (view.counted === answering) return;
    view.cancel();
    view.counted = undefined;
    if (answering === (view.state === "healthy") && view.state !== "initial") return;
    const { intervalMs, healthyThreshold, unhealthyThreshold, firstProbeMs = intervalMs } = this.#behaviour(target.targetGroupArn);
    const needed = answering ? (view.everHealthy || view.state === "unhealthy" ? healthyThreshold : 1) : unhealthyThreshold;
    const firstTick = Math.round(firstProbeMs - (intervalMs * index) / target.views.length);
    const ticksPast = Math.max(0, Math.ceil((this.#clock.now() - target.registeredTime - firstTick) / intervalMs));
    const dueTime = target.registeredTime + firstTick + (ticksPast + needed - 1) * intervalMs;
    view.counted = answering;
    view.cancel = this.#clock.at(dueTime, () => {
      view.counted = undefined;
      view.state = answering ? "healthy" : "unhealthy";
      if (answering) view.everHealthy = true;
      this.#noticeWhole(target);
    });
  }

  /** Tells what the views come to when that is another than before: one node's `unhealthy` is all's, as on the platform. */
  #noticeWhole(target: SimulatedTarget): void {
    const has = (state: View["state"]): boolean => target.views.some((view) => view.state === state);
    const whole = has("unhealthy") ? "unhealthy" : has("healthy") ? "healthy" : "initial";
    if (whole === target.state) return;
    target.state = whole;
    if (whole === "healthy") target.healthySince ??= this.#clock.now();
    this.#tell(target);
  }

  #tell({ targetGroupArn, target, state }: SimulatedTarget): void {
    const why: Partial<Record<TargetState, Pick<TargetEvent, "reason" | "description">>> = {
      initial: { reason: "Elb.InitialHealthChecking", description: "Initial health checks in progress" },
      unhealthy: { reason: "Target.FailedHealthChecks", description: "Health checks failed" },
      draining: { reason: "Target.DeregistrationInProgress", description: "Target deregistration is in progress" },
      unused: { reason: "Target.NotRegistered", description: "Target is not registered to the target group" },
    };
    this.#emit({ type: "target-health", targetGroupArn, target, state, ...why[state] });
  }

  #later(ms: number, act: () => void): void {
    this.#clock.at(this.#clock.now() + ms, act);
  }
}

function keyOf(targetGroupArn: string, target: Target): string {
  return `${targetGroupArn} ${target.ip}:${target.port}`;
}
