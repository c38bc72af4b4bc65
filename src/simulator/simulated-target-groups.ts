/**
 * Target groups without packets: a target's health follows from when its address answers, at the ticks of the health
 * check. Only changes cost anything: between them no probe is made. As at an Application Load Balancer, a new target
 * needs one success; `healthyThreshold` applies to recovery, `unhealthyThreshold` to falling ill.
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
}

interface SimulatedTarget {
  readonly targetGroupArn: string;
  readonly target: Target;
  state: TargetState;
  readonly registeredTime: number;
  everHealthy: boolean;
  /** When it became healthy for the first time: its slow start begins there. */
  healthySince: number | undefined;
  /** The answer that is counted at present, until it changes the state. */
  counted: boolean | undefined;
  cancel: Cancel;
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
    known?.cancel();
    if (known !== undefined) this.#byGroup.get(targetGroupArn)?.delete(known);
    const fresh: SimulatedTarget = {
      targetGroupArn,
      target,
      state: "initial",
      registeredTime: this.#clock.now(),
      everHealthy: false,
      healthySince: undefined,
      counted: undefined,
      cancel: () => undefined,
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
    known.cancel();
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

  /** The state of every registered target. */
  states(targetGroupArn: string): readonly {
    readonly target: Target;
    readonly state: TargetState;
    readonly healthySince: number | undefined;
  }[] {
    return [...(this.#byGroup.get(targetGroupArn) ?? [])];
  }

  isAnswering(ip: string): boolean {
    return this.#answering.has(ip);
  }

  /** Schedules the tick at which the present answer, if it stays, changes the target's state. */
  #judge(target: SimulatedTarget): void {
    const { intervalMs, timeoutMs = 5_000, healthyThreshold, unhealthyThreshold } = this.#behaviour(target.targetGroupArn);
    const { ip } = target.target;
    const answering = this.#answering.has(ip) && (this.#answerTimes.get(ip) ?? 0) <= timeoutMs;
    if (target.counted === answering) return;
    target.cancel();
    target.counted = undefined;
    if (answering === (target.state === "healthy") && target.state !== "initial") return;
    const needed = answering ? (target.everHealthy || target.state === "unhealthy" ? healthyThreshold : 1) : unhealthyThreshold;
    const elapsed = this.#clock.now() - target.registeredTime;
    const ticksPast = Math.ceil(elapsed / intervalMs) || 1;
    const dueTime = target.registeredTime + (ticksPast + needed - 1) * intervalMs;
    target.counted = answering;
    target.cancel = this.#clock.at(dueTime, () => {
      target.counted = undefined;
      target.state = answering ? "healthy" : "unhealthy";
      if (answering) {
        target.everHealthy = true;
        target.healthySince ??= this.#clock.now();
      }
      this.#tell(target);
    });
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
