/** What rollout tests are built of: programs that misbehave in one way each, a breaker, and how a world is watched. */
import type { DeploymentConfiguration } from "../engine/service/service-state.ts";
import { unsettled } from "./checkers.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

/** A circuit breaker with rollback, as ECS sets it up. */
export const breaker = (over: Partial<DeploymentConfiguration["circuitBreaker"]> = {}): Partial<DeploymentConfiguration> => ({
  circuitBreaker: { enable: true, rollback: true, resetOnHealthyTask: true, threshold: { type: "BOUNDED_PERCENT", value: 50 }, ...over },
});

export const crashes = { behaviour: { exitsAfterMs: 1_000, exitCode: 1 } } satisfies SimulatedVersion;
export const neverHealthy = { behaviour: { answersAfterMs: Number.POSITIVE_INFINITY } } satisfies SimulatedVersion;
export const unpullable = {
  behaviour: { pullFailure: "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found" },
} satisfies SimulatedVersion;

/** Steps until the service stands; answers whether it did within four hours. */
export function steady(world: SimulatedWorld, name = "api"): boolean {
  return world.until(() => unsettled(world, name) === undefined, 4 * 3_600_000);
}

/** The lowest number of healthy targets and the highest number of tasks wanted RUNNING while `act` unfolds to steady. */
export function watch(world: SimulatedWorld, act: () => void): { lowestHealthy: number; peakTasks: number } {
  const healthy = (): number => world.targetGroups.states("api-targets").filter(({ state }) => state === "healthy").length;
  const wanted = (): number => world.tasks("api").filter((task) => task.desiredStatus === "RUNNING").length;
  let lowestHealthy = healthy();
  let peakTasks = wanted();
  act();
  for (let settled = false; !settled; ) {
    world.clock.step();
    lowestHealthy = Math.min(lowestHealthy, healthy());
    peakTasks = Math.max(peakTasks, wanted());
    settled = unsettled(world, "api") === undefined;
  }
  return { lowestHealthy, peakTasks };
}
