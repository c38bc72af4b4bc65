/**
 * Application Auto Scaling over the simulated world: metrics by the minute, the alarms of its policies, and the
 * scaling engine of the local platform unchanged. Target tracking keeps its two alarms, a step policy has the alarms
 * it was given; both look at metric math over the minute's metrics.
 */
import { type AlarmRule, type AlarmState, type Datapoint, evaluateAlarm, evaluationRange } from "../engine/alarm/alarm-evaluation.ts";
import { evaluateMetricMath, parseMetricMath } from "../engine/alarm/metric-math.ts";
import { type CapacityBounds, scheduledBounds, withinBounds } from "../engine/scaling/capacity-bounds.ts";
import { type AlarmView, decideScaling, type PastScaling, type PolicyView } from "../engine/scaling/scaling-decision.ts";
import { highAlarm, lowAlarm } from "../engine/scaling/target-tracking.ts";
import { parseSchedule } from "../kit/schedule-expression.ts";
import type { MinuteMetrics, ScalingModel, ScalingPolicy } from "./scaling-model.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export interface ScalingActivity {
  /** Seconds since the simulation began. */
  readonly atSeconds: number;
  readonly from: number;
  readonly to: number;
  /** The policy or the scheduled action. */
  readonly cause: string;
}

const MINUTE_MS = 60_000;
/** The longest alarm of target tracking looks back 15 minutes and two more; a step policy's may look further. */
const KEPT_MINUTES = 20;

export class SimulatedScaling {
  readonly #world: SimulatedWorld;
  readonly #name: string;
  readonly #model: ScalingModel;
  readonly #begin: number;
  readonly #policies: readonly WatchedPolicy[];
  readonly #minutes: Minute[] = [];
  readonly #kept: number;
  readonly #past = new Map<string, PastScaling>();
  readonly activities: ScalingActivity[] = [];
  #bounds: CapacityBounds;

  constructor(world: SimulatedWorld, name: string, model: ScalingModel) {
    this.#world = world;
    this.#name = name;
    this.#model = model;
    this.#begin = world.clock.now();
    this.#bounds = model;
    this.#policies = model.policies.map((policy) => new WatchedPolicy(policy));
    this.#kept = Math.max(KEPT_MINUTES, ...this.#policies.map(({ range }) => range));
    for (const action of model.schedule) this.#schedule(action, this.#begin);
    // RegisterScalableTarget moves the desired count into the bounds at once.
    const { desiredCount } = world.service(name);
    const moved = withinBounds(desiredCount, model);
    if (moved !== desiredCount) this.#scale(desiredCount, moved, "bounds");
  }

  /** A minute has passed with these metrics: alarms are evaluated, and at most one change of the desired count follows. */
  minute(metrics: MinuteMetrics, running: number): void {
    const now = this.#world.clock.now();
    this.#minutes.push({ timestamp: now - MINUTE_MS, metrics });
    if (this.#minutes.length > this.#kept) this.#minutes.shift();
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
      suspended: { in: this.#model.suspended?.in ?? false, out: this.#model.suspended?.out ?? false },
      policies: this.#policies.map((policy) => policy.view(this.#minutes)),
      past: [...this.#past.values()],
    });
    if (decision === undefined) return;
    this.#past.set(decision.policy, { policy: decision.policy, from: desired, to: decision.desired });
    this.#scale(desired, decision.desired, decision.policy);
  }

  #schedule(action: ScalingModel["schedule"][number], after: number): void {
    if (this.#model.suspended?.scheduled === true) return;
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

interface Minute {
  readonly timestamp: number;
  readonly metrics: MinuteMetrics;
}

/** One alarm and the metric it watches. */
class WatchedAlarm {
  readonly name: string;
  readonly rule: AlarmRule;
  readonly #expression: ReturnType<typeof parseMetricMath>;
  #state: AlarmState = "INSUFFICIENT_DATA";

  constructor(name: string, metric: string, rule: AlarmRule) {
    this.name = name;
    this.rule = rule;
    this.#expression = parseMetricMath(metric);
  }

  evaluate(minutes: readonly Minute[]): AlarmView {
    const { state, evaluated } = evaluateAlarm(this.rule, this.#points(minutes, evaluationRange(this.rule)), this.#state);
    this.#state = state;
    const value = evaluated.at(-1)?.value;
    return { state, ...(value === undefined ? {} : { value }) };
  }

  #points(minutes: readonly Minute[], count: number): (Datapoint | undefined)[] {
    const recent = minutes.slice(-count);
    const missing = Array.from({ length: count - recent.length }, () => undefined);
    const expression = this.#expression;
    if (expression.type === "name") {
      const { name } = expression;
      return [...missing, ...recent.map(({ timestamp, metrics }) => datapoint(timestamp, metrics[name as keyof MinuteMetrics]))];
    }
    const series = new Map<string, Map<number, number>>();
    for (const { timestamp, metrics } of minutes) {
      for (const [id, value] of Object.entries(metrics) as [string, number | undefined][]) {
        const points = series.get(id) ?? new Map<number, number>();
        if (value !== undefined) points.set(timestamp, value);
        series.set(id, points);
      }
    }
    const result = evaluateMetricMath(expression, {
      series,
      metricIds: [...series.keys()],
      timestamps: minutes.map(({ timestamp }) => timestamp),
      periodSeconds: 60,
    });
    return [...missing, ...recent.map(({ timestamp }) => datapoint(timestamp, result.get(timestamp)))];
  }
}

function datapoint(timestamp: number, value: number | undefined): Datapoint | undefined {
  return value === undefined ? undefined : { timestamp, value };
}

class WatchedPolicy {
  readonly #policy: ScalingPolicy;
  readonly #alarms: readonly WatchedAlarm[];

  constructor(policy: ScalingPolicy) {
    this.#policy = policy;
    this.#alarms =
      policy.kind === "target-tracking"
        ? [
            new WatchedAlarm("high", policy.metric, highAlarm(policy.target)),
            new WatchedAlarm("low", policy.metric, lowAlarm(policy.target)),
          ]
        : policy.alarms.map(({ name, metric, rule }) => new WatchedAlarm(name, metric, rule));
  }

  /** How many minutes its alarms look back. */
  get range(): number {
    return Math.max(...this.#alarms.map(({ rule }) => evaluationRange(rule)));
  }

  view(minutes: readonly Minute[]): PolicyView {
    const policy = this.#policy;
    const alarms = this.#alarms.map((alarm) => ({ ...alarm.evaluate(minutes), name: alarm.name, threshold: alarm.rule.threshold }));
    if (policy.kind === "step") {
      const { kind, name, adjustmentType, steps, minAdjustmentMagnitude, cooldownMs } = policy;
      const magnitude = minAdjustmentMagnitude === undefined ? {} : { minAdjustmentMagnitude };
      return { kind, name, adjustmentType, steps, ...magnitude, cooldownMs, alarms };
    }
    const [high, low] = alarms;
    const { kind, name, target, disableScaleIn, scaleOutCooldownMs, scaleInCooldownMs } = policy;
    const none: AlarmView = { state: "INSUFFICIENT_DATA" };
    return { kind, name, target, disableScaleIn, scaleOutCooldownMs, scaleInCooldownMs, high: high ?? none, low: low ?? none };
  }
}
