/**
 * Probes one target again and again: at once when it is registered, then each interval, never two at a time. The
 * interval is a wait (engine time); the timeout is a limit on a real program. The nodes of a load balancer begin at one
 * moment, and their second probes are spread over the interval, so that a target is asked at even distances.
 */
import type { ProbeOutcome } from "../../engine/balancing/target-health.ts";
import type { Cancel, Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { type Probe, startProbe } from "./health-probe.ts";

export interface CheckSettings extends Probe {
  /** Engine time. */
  readonly intervalMs: number;
}

/**
 * Starts probing; `settings` is read before each probe, so that a modified target group is obeyed from the next one on.
 * `firstGap`: the share of an interval between the first probe and the second, in (0, 1].
 */
export function startHealthChecks(
  settings: () => CheckSettings,
  dialer: Dialer,
  clock: Clock,
  firstGap: number,
  observe: (outcome: ProbeOutcome) => void,
): () => void {
  let stopped = false;
  let cancel: Cancel = () => {};
  const probe = (gap: number): void => {
    const probed = settings();
    const next = clock.now() + probed.intervalMs * gap;
    cancel = startProbe(probed, dialer, clock, (outcome) => {
      observe(outcome);
      if (!stopped) cancel = clock.at(next, () => probe(1));
    });
  };
  probe(firstGap);
  return () => {
    stopped = true;
    cancel();
  };
}
