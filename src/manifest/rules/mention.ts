/** Whether the manifests know the environment that was asked for: a name that they do not is often another's, misspelt. */
import type { Diagnostics, Place } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { ResolvedEnvironment } from "../resolved.ts";
import { entryOf, type MapNode } from "../tree.ts";

/** Where the environment's name was given. */
export const ENVIRONMENT_OPTION: Place = { file: "--env", line: 1, column: 1 };

/**
 * Warns of an environment that neither a document describes nor a block `environments` names, while documents describe
 * others (FSD1813). Where no document describes any, the manifests are for all of them: a block says only what differs.
 *
 * @param trees of every document, as read
 */
export function checkMention(
  chosen: ResolvedEnvironment,
  environments: ReadonlyMap<string, ResolvedEnvironment>,
  trees: readonly MapNode[],
  diagnostics: Diagnostics,
): void {
  if (chosen.described) return;
  const described = [...environments.values()].filter((environment) => environment.described && !environment.local);
  if (described.length === 0) return;
  const known = [...new Set([...described.map(({ name }) => name), ...trees.flatMap(blocksOf)])];
  if (known.includes(chosen.name)) return;
  const meant = didYouMean(chosen.name, known);
  diagnostics.report(
    "FSD1813",
    ENVIRONMENT_OPTION,
    "",
    `nothing is said of the environment ${chosen.name}, only of ${known.join(", ")}`,
    meant === undefined ? "give its Environment document with -f, if it has one" : `did you mean ${meant}?`,
  );
}

function blocksOf(tree: MapNode): readonly string[] {
  const blocks = entryOf(tree, "environments")?.value;
  return blocks?.kind === "map" ? [...blocks.entries.keys()] : [];
}
