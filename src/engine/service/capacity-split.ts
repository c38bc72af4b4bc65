/**
 * Which capacity provider the next task goes to, and which gives one up. `base` is filled first; beyond it the task
 * goes where the deficit against the weights is greatest, ties to the larger weight, then to list order.
 *
 * Example, FARGATE base 2 weight 1 and FARGATE_SPOT weight 3: at 10 tasks 4 and 6.
 */
import type { CapacityProviderStrategyItem } from "./service-state.ts";

/** The provider of the next task, or undefined when no item may take one. `live`: tasks by provider. */
export function nextProvider(strategy: readonly CapacityProviderStrategyItem[], live: ReadonlyMap<string, number>): string | undefined {
  const short = strategy.find((item) => (live.get(item.capacityProvider) ?? 0) < item.base);
  if (short !== undefined) return short.capacityProvider;
  return byDeficit(strategy, live, 1)[0]?.provider;
}

/** Providers in the order in which a scale-in takes from them: greatest surplus first, those at or below their base last. */
export function surplusOrder(strategy: readonly CapacityProviderStrategyItem[], live: ReadonlyMap<string, number>): string[] {
  const ordered = byDeficit(strategy, live, -1).reverse();
  const base = new Map(strategy.map((item) => [item.capacityProvider, item.base]));
  const spare = (provider: string): boolean => (live.get(provider) ?? 0) > (base.get(provider) ?? 0);
  return [...ordered.filter(({ provider }) => spare(provider)), ...ordered.filter(({ provider }) => !spare(provider))].map(
    ({ provider }) => provider,
  );
}

function byDeficit(
  strategy: readonly CapacityProviderStrategyItem[],
  live: ReadonlyMap<string, number>,
  step: 1 | -1,
): { provider: string; deficit: number; weight: number }[] {
  const beyond = strategy.map((item) => ({ item, count: Math.max(0, (live.get(item.capacityProvider) ?? 0) - item.base) }));
  const total = beyond.reduce((sum, { count }) => sum + count, 0);
  const weights = strategy.reduce((sum, item) => sum + item.weight, 0);
  return beyond
    .filter(({ item }) => step === -1 || item.weight > 0)
    .map(({ item, count }) => ({
      provider: item.capacityProvider,
      deficit: (weights === 0 ? 0 : (item.weight / weights) * (total + step)) - count,
      weight: item.weight,
    }))
    .sort((a, b) => (Math.abs(a.deficit - b.deficit) > 1e-9 ? b.deficit - a.deficit : b.weight - a.weight));
}
