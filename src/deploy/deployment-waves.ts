/**
 * In which order services are deployed: each after those of the same deployment that it depends on, by name or because
 * their stacks make the queue, table, bucket or topic that it uses; a few at a time.
 */
import type { Dependency, ResolvedService } from "../manifest/resolved.ts";

/** More at once would only wait for one another in CloudFormation and on a laptop's cores. */
const mostAtOnce = 4;

/** Waves in order; the services of one wave do not depend on one another. Without dependencies the order given is kept. */
export function deploymentWaves<Item>(
  items: readonly Item[],
  serviceOf: (item: Item) => Pick<ResolvedService, "name" | "dependencies">,
): Item[][] {
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
function made({ name, dependencies }: Pick<ResolvedService, "name" | "dependencies">): string[] {
  return [keyOf({ type: "service", name }), ...dependencies.filter(({ managed }) => managed !== undefined).map(keyOf)];
}

function keyOf({ type, name }: Pick<Dependency, "type" | "name">): string {
  return `${type} ${name}`;
}
