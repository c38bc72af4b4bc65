/** Tags: what a thing is part of, for people, for cost reports and for fsd itself. */
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import type { Value } from "./template.ts";

export function serviceTags(
  { name, metadata }: Pick<ResolvedService, "name" | "metadata">,
  environment: ResolvedEnvironment,
): Readonly<Record<string, string>> {
  return {
    ...environment.tags,
    ...metadata.tags,
    "fsd:environment": environment.name,
    "fsd:service": name,
    ...(metadata.pack === undefined ? {} : { "fsd:pack": metadata.pack }),
    ...(metadata.owners.length === 0 ? {} : { "fsd:owners": metadata.owners.join(" ") }),
  };
}

/** `[{Key, Value}]`, by key. */
export function tagList(tags: Readonly<Record<string, string>>): Value {
  return sorted(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** `{key: value}`, by key, as Parameter Store takes them. */
export function tagMap(tags: Readonly<Record<string, string>>): Value {
  return Object.fromEntries(sorted(tags));
}

export function sorted<T>(map: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
