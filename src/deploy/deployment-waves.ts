/**
 * In which order services are deployed: each after those of the same deployment that it depends on, by name or because
 * their stacks make the queue, table, bucket or topic that it uses; a few at a time.
 */
import { type Deployable, taskOf } from "../manifest/deployable.ts";
import type { Dependency, ResolvedEnvironment } from "../manifest/resolved.ts";
import { serviceReferences } from "../synth/service-references.ts";
import { synthesizeStack } from "../synth/synthesize-stack.ts";

/** More at once would only wait for one another in CloudFormation and on a laptop's cores. */
const mostAtOnce = 4;

export interface Waiting {
  readonly name: string;
  /** What must be there before it, and what it makes. */
  readonly dependencies: readonly Pick<Dependency, "type" | "name" | "managed">[];
}

/** A service or job with what it depends on and the services whose values its stack reads. */
export function waiting(document: Deployable, environment: ResolvedEnvironment): Waiting {
  const { name, dependencies } = taskOf(document);
  const read = serviceReferences(synthesizeStack(document, environment), environment.name);
  return { name, dependencies: [...dependencies, ...read.map(({ service }) => ({ type: "service", name: service }))] };
}

/** Waves in order; the services of one wave do not depend on one another. Without dependencies the order given is kept. */
export function deploymentWaves<Item>(items: readonly Item[], serviceOf: (item: Item) => Waiting): Item[][] {
  // It waits for nothing, so nobody need know for what.
  if (items.length < 2) return items.length === 0 ? [] : [[...items]];
  const waves: Item[][] = [];
  let left = [...items];
  while (left.length > 0) {
    const makers = new Map(left.map(serviceOf).flatMap((service) => made(service).map((thing): [string, string] => [thing, service.name])));
    const free = left.filter((item) => {
      const { name, dependencies } = serviceOf(item);
      return dependencies.every((dependency) => [undefined, name].includes(makers.get(keyOf(dependency))));
    });
    // Services that depend on one another in a circle can only be begun somewhere.
    const wave = (free.length > 0 ? free : left.slice(0, 1)).slice(0, mostAtOnce);
    waves.push(wave);
    left = left.filter((item) => !wave.includes(item));
  }
  return waves;
}

/** What is there once a service is deployed. */
function made({ name, dependencies }: Waiting): string[] {
  return [keyOf({ type: "service", name }), ...dependencies.filter(({ managed }) => managed !== undefined).map(keyOf)];
}

function keyOf({ type, name }: Pick<Dependency, "type" | "name">): string {
  return `${type} ${name}`;
}
