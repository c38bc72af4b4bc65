/** How a service's deployments ended, counted as they are made. */
import type { ServiceDeploymentState } from "../engine/service/service-state.ts";
import type { SimulatedVersion } from "./simulated-task-definitions.ts";
import type { SimulatedWorld } from "./simulated-world.ts";

export interface DeploymentOutcomes {
  readonly completed: number;
  /** The one before came back, and stood. */
  readonly rolledBack: number;
  /** ECS could not, or may not, take them back: it starts no task for them until the next deployment. */
  readonly failed: number;
  /** The next one began before they were through. */
  readonly superseded: number;
}

export class DeploymentTally {
  readonly #world: SimulatedWorld;
  readonly #name: string;
  readonly #counts = { completed: 0, rolledBack: 0, failed: 0, superseded: 0 };
  #last: string | undefined;

  constructor(world: SimulatedWorld, name: string) {
    this.#world = world;
    this.#name = name;
  }

  /** Deploys; whatever became of the deployment before is its end. */
  deploy(version: SimulatedVersion): void {
    this.#world.deploy(this.#name, version);
    this.#count();
    this.#last = this.#world.service(this.#name).serviceDeployments[0]?.serviceDeploymentArn;
  }

  /** The outcomes of all, when the last has come to its end; to be read once. */
  read(): DeploymentOutcomes {
    this.#count();
    this.#last = undefined;
    return { ...this.#counts };
  }

  #count(): void {
    if (this.#last === undefined) return;
    const ended = this.#world.service(this.#name).serviceDeployments.find((each) => each.serviceDeploymentArn === this.#last);
    if (ended !== undefined) this.#counts[outcomeOf(ended)]++;
  }
}

function outcomeOf({ status, statusReason }: ServiceDeploymentState): keyof DeploymentOutcomes {
  if (status === "SUCCESSFUL") return "completed";
  if (status === "ROLLBACK_SUCCESSFUL") return "rolledBack";
  return status === "STOPPED" && statusReason?.startsWith("Superseded") === true ? "superseded" : "failed";
}
