/** Who needs whom, by logical id; and whether that can ever be satisfied. */
export type Dependencies = Readonly<Record<string, readonly string[]>>;

/**
 * Names in an order in which each follows everything it depends on (alphabetic among equals, so the same graph
 * always gives the same order), or the names that stand in a cycle or depend on one.
 */
export function topologicalOrder(dependencies: Dependencies): { readonly order: readonly string[]; readonly cycle: readonly string[] } {
  const waiting = new Map(
    Object.entries(dependencies).map(([name, needs]) => [name, new Set(needs.filter((need) => need in dependencies))]),
  );
  const dependents = new Map<string, string[]>();
  for (const [name, needs] of waiting) for (const need of needs) dependents.set(need, [...(dependents.get(need) ?? []), name]);
  const order: string[] = [];
  let ready = [...waiting].filter(([, needs]) => needs.size === 0).map(([name]) => name);
  while (ready.length > 0) {
    ready.sort();
    const next: string[] = [];
    for (const name of ready) {
      order.push(name);
      waiting.delete(name);
      for (const dependent of dependents.get(name) ?? []) {
        const needs = waiting.get(dependent);
        needs?.delete(name);
        if (needs?.size === 0) next.push(dependent);
      }
    }
    ready = next;
  }
  return { order, cycle: onCycles(waiting) };
}

// What only depends on a cycle is not part of it: drop what nothing waits for until nothing is left to drop.
function onCycles(stuck: Map<string, Set<string>>): string[] {
  for (let dropped = true; dropped; ) {
    dropped = false;
    const needed = new Set([...stuck.values()].flatMap((needs) => [...needs]));
    for (const name of stuck.keys())
      if (!needed.has(name)) {
        stuck.delete(name);
        dropped = true;
      }
  }
  return [...stuck.keys()].sort();
}
