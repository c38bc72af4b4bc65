/**
 * Application Auto Scaling over the simulated world: metrics by the minute, the alarms target tracking makes of them,
 * and the scaling engine of the local platform unchanged.
 */
import { type AlarmRule, type AlarmState, type Datapoint, evaluateAlarm, evaluationRange } from "../engine/alarm/alarm-evaluation.ts";
import { type CapacityBounds, scheduledBounds, withinBounds } from "../engine/scaling/capacity-bounds.ts";
import { type AlarmView, decideScaling, type PastScaling, type TargetTrackingView } from "../engine/scaling/scaling-decision.ts";
import { highAlarm, lowAlarm } from "../engine/scaling/target-tracking.ts";
import { parseSchedule } from "../kit/schedule-expression.ts";
import type { ScalingModel } from "./service-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export interface ScalingActivity {
  /** Seconds since the simulation began. */
  readonly atSeconds: number;
  readonly from: number;
  readonly to: number;
  /** The policy or the scheduled action. */
  readonly cause: string;
}

/** One minute's metrics; absent where nothing reports. */
export interface MinuteMetrics {
  readonly cpu?: number;
  readonly memory?: number;
  readonly requestsPerTask?: number;
}

interface Policy {
  readonly name: string;
  readonly target: number;
  readonly metric: keyof MinuteMetrics;
  readonly high: Alarm;
  readonly low: Alarm;
}

interface Alarm {
  readonly rule: AlarmRule;
  state: AlarmState;
}

const MINUTE_MS = 60_000;
/** The longest alarm looks back 15 minutes and two more. */
const KEPT_MINUTES = 20;

export class SimulatedScaling {
  readonly #world: SimulatedWorld;
  readonly #name: string;
  readonly #model: ScalingModel;
  readonly #begin: number;
  readonly #policies: readonly Policy[];
  readonly #minutes: { readonly timestamp: number; readonly metrics: MinuteMetrics }[] = [];
  readonly #past = new Map<string, PastScaling>();
  readonly activities: ScalingActivity[] = [];
  #bounds: CapacityBounds;

  constructor(world: SimulatedWorld, name: string, model: ScalingModel) {
    this.#world = world;
    this.#name = name;
    this.#model = model;
    this.#begin = world.clock.now();
    this.#bounds = model;
    const policies: [string, number | undefined, keyof MinuteMetrics][] = [
      ["cpu", model.targetCpu, "cpu"],
      ["memory", model.targetMemory, "memory"],
      ["requests", model.targetRequests, "requestsPerTask"],
    ];
    this.#policies = policies.flatMap(([policy, target, metric]) =>
      target === undefined
        ? []
        : [
            {
              name: policy,
              target,
              metric,
              high: { rule: highAlarm(target), state: "INSUFFICIENT_DATA" },
              low: { rule: lowAlarm(target), state: "INSUFFICIENT_DATA" },
            },
          ],
    );
    for (const action of model.schedule) this.#schedule(action, this.#begin);
  }

  /** A minute has passed with these metrics: alarms are evaluated, and at most one change of the desired count follows. */
  minute(metrics: MinuteMetrics, running: number): void {
    const now = this.#world.clock.now();
    this.#minutes.push({ timestamp: now - MINUTE_MS, metrics });
    if (this.#minutes.length > KEPT_MINUTES) this.#minutes.shift();
    const service = this.#world.service(this.#name);
    const desired = service.desiredCount;
    for (const [policy, past] of this.#past) {
      if (past.endedAt === undefined && running === desired) this.#past.set(policy, { ...past, endedAt: now });
    }
    const decision = decideScaling({
      now,
      ...this.#bounds,
      desired,
      running,
      isDeploying: service.deployments[0]?.rolloutState === "IN_PROGRESS",
      suspended: { in: false, out: false },
      policies: this.#policies.map((policy) => this.#view(policy)),
      past: [...this.#past.values()],
    });
    if (decision === undefined) return;
    this.#past.set(decision.policy, { policy: decision.policy, from: desired, to: decision.desired });
    this.#scale(desired, decision.desired, decision.policy);
  }

  #view({ name, target, metric, high, low }: Policy): TargetTrackingView {
    const evaluate = (alarm: Alarm): AlarmView => {
      const points = this.#points(metric, evaluationRange(alarm.rule));
      const { state, evaluated } = evaluateAlarm(alarm.rule, points, alarm.state);
      alarm.state = state;
      const value = evaluated.at(-1)?.value;
      return { state, ...(value === undefined ? {} : { value }) };
    };
    return {
      kind: "target-tracking",
      name,
      target,
      disableScaleIn: false,
      scaleOutCooldownMs: this.#model.scaleOutCooldownMs,
      scaleInCooldownMs: this.#model.scaleInCooldownMs,
      high: evaluate(high),
      low: evaluate(low),
    };
  }

  #points(metric: keyof MinuteMetrics, count: number): (Datapoint | undefined)[] {
    const last = this.#minutes.slice(-count).map(({ timestamp, metrics }) => {
      const value = metrics[metric];
      return value === undefined ? undefined : { timestamp, value };
    });
    return [...Array.from({ length: count - last.length }, () => undefined), ...last];
  }

  #schedule(action: ScalingModel["schedule"][number], after: number): void {
    const next = parseSchedule(action.expression, action.timezone).next(after, this.#begin);
    if (next === undefined) return;
    this.#world.clock.at(next, () => {
      this.#bounds = scheduledBounds(this.#bounds, action) ?? this.#bounds;
      const { desiredCount } = this.#world.service(this.#name);
      const moved = withinBounds(desiredCount, this.#bounds);
      if (moved !== desiredCount) this.#scale(desiredCount, moved, action.name);
      this.#schedule(action, next);
    });
  }

  #scale(from: number, to: number, cause: string): void {
    this.activities.push({ atSeconds: Math.round((this.#world.clock.now() - this.#begin) / 1000), from, to, cause });
    this.#world.scale(this.#name, to);
  }
}
