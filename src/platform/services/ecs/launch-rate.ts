/**
 * How fast Fargate launches tasks: 100 at once, 20 a second, for On-Demand and Spot apart ("AWS Fargate throttling quotas").
 * A launch that is refused is made again by the scheduler after a pause. Nothing else that ECS calls is limited here, because
 * AWS publishes no figures for it.
 */
import type { RateLimits } from "../../../controller/ports.ts";
import type { CalledService } from "../../../engine/service/throttled-calls.ts";
import type { Clock } from "../../../kit/clock.ts";
import { TokenBucket } from "../../../kit/token-bucket.ts";

const BURST = 100;
const PER_SECOND = 20;

export class LaunchRate implements RateLimits {
  readonly #clock: Pick<Clock, "now">;
  readonly #onDemand = new TokenBucket(BURST, PER_SECOND);
  readonly #spot = new TokenBucket(BURST, PER_SECOND);

  /** `clock`: engine time. */
  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  admits(service: CalledService, capacityProviderName?: string): boolean {
    if (service !== "fargate") return true;
    return (capacityProviderName === "FARGATE_SPOT" ? this.#spot : this.#onDemand).take(this.#clock.now());
  }
}
