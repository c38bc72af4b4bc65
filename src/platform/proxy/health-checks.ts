/**
 * Probes one target again and again: at once when it is registered, then each interval, never two at a time. The
 * interval is a wait (engine time); the timeout is a limit on a real program.
 */
import type { ProbeOutcome } from "../../engine/balancing/target-health.ts";
import type { Cancel, Clock } from "../../kit/clock.ts";
import type { Dialer } from "../runtime/dialer.ts";
import { type Probe, startProbe } from "./health-probe.ts";

/** Starts probing; `settings` is read before each probe, so that a modified target group is obeyed from the next one on. */
export function startHealthChecks(
  settings: () => Probe & { readonly intervalMs: number },
  dialer: Dialer,
  clock: Clock,
  observe: (outcome: ProbeOutcome) => void,
): () => void {
  let stopped = false;
  let cancel: Cancel = () => {};
  const probe = (): void => {
    const probed = settings();
    const next = clock.now() + probed.intervalMs;
    cancel = startProbe(probed, dialer, clock, (outcome) => {
      observe(outcome);
      if (!stopped) cancel = clock.at(next, probe);
    });
  };
  probe();
  return () => {
    stopped = true;
    cancel();
  };
}
