/** In which order services are deployed: each after those of the same deployment that it depends on, a few at a time. */
import type { ResolvedService } from "../manifest/resolved.ts";

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
    const names = new Set(left.map((item) => serviceOf(item).name));
    const free = left.filter((item) => {
      const { name, dependencies } = serviceOf(item);
      return dependencies.every(({ type, name: needed }) => type !== "service" || needed === name || !names.has(needed));
    });
    // Services that depend on one another in a circle can only be begun somewhere.
    const wave = (free.length > 0 ? free : left.slice(0, 1)).slice(0, mostAtOnce);
    waves.push(wave);
    left = left.filter((item) => !wave.includes(item));
  }
  return waves;
}
