/** What a deployment will change of a stack, for the person who approves it: the template and the values that stand, against those to come. Pure. */

import { canonical } from "../../kit/json.ts";
import type { Template } from "../../synth/template.ts";
import type { Loss, ReplacedResource } from "../stack/losses.ts";

export interface PlannedChanges {
  /** `none`: neither template nor values differ. What they refer to may still have moved. */
  readonly action: "create" | "update" | "none";
  /** By logical name; null when what stands cannot be read, so that nothing is known. */
  readonly resources: readonly PlannedResource[] | null;
  /** Parameters of the stack that get another value, the image among them. */
  readonly values: readonly PlannedValue[];
}

export interface PlannedResource {
  readonly action: "add" | "change" | ReplacedResource["action"] | "remove";
  readonly logicalId: string;
  readonly resourceType: string;
}

export interface PlannedValue {
  readonly name: string;
  /** Null where the stack has none yet. */
  readonly from: string | null;
  readonly to: string;
}

export interface Release {
  readonly template: Pick<Template, "Resources">;
  /** Undefined: what the stack has. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** @param live undefined when no stack stands, "unknown" when what stands cannot be read */
export function plannedChanges(live: Release | "unknown" | undefined, next: Release): PlannedChanges {
  const before = live === undefined || live === "unknown" ? undefined : live;
  const values = Object.entries(next.parameters).flatMap(([name, to]): PlannedValue[] => {
    const from = before?.parameters[name] ?? null;
    // The count that scaling chose is kept, which an empty value says.
    return to === undefined || to === from || name === "DesiredCount" ? [] : [{ name, from, to }];
  });
  if (live === "unknown") return { action: "update", resources: null, values };
  const was = before?.template.Resources ?? {};
  const will = next.template.Resources;
  const resources = [...new Set([...Object.keys(will), ...Object.keys(was)])].flatMap((logicalId): PlannedResource[] => {
    const [old, now] = [was[logicalId], will[logicalId]];
    const resourceType = (now ?? old)?.Type ?? "";
    if (old === undefined) return [{ action: "add", logicalId, resourceType }];
    if (now === undefined) return [{ action: "remove", logicalId, resourceType }];
    return canonical(old) === canonical(now) ? [] : [{ action: "change", logicalId, resourceType }];
  });
  const action = before === undefined ? "create" : resources.length + values.length === 0 ? "none" : "update";
  return { action, resources, values };
}

/**
 * The same with what the change set says is replaced; what is lost by that, and the template did not show, is added. (That a task
 * definition is made anew when only its image changes is no news.)
 */
export function withReplacements(planned: PlannedChanges, replaced: readonly ReplacedResource[], losses: readonly Loss[]): PlannedChanges {
  if (planned.resources === null) return planned;
  const byName = new Map(replaced.map((one) => [one.logicalId, one]));
  const known = planned.resources.map((one) => (one.action === "change" ? (byName.get(one.logicalId) ?? one) : one));
  const names = new Set(known.map(({ logicalId }) => logicalId));
  const more = replaced.filter(({ logicalId }) => !names.has(logicalId) && losses.some((loss) => loss.logicalId === logicalId));
  const resources = [...known, ...more];
  return { ...planned, action: planned.action === "none" && more.length > 0 ? "update" : planned.action, resources };
}

/** One line of it, as it is recorded: `updates fsd-prod-items: change TaskDefinition; ImageUri …@sha256:1 → …@sha256:2`. */
export function plannedText(stack: string, { action, resources, values }: PlannedChanges): string {
  if (action === "none") return `deploys ${stack} as it is`;
  const moved = values.map(({ name, from, to }) => `${name} ${from === null ? "" : `${from} → `}${to}`);
  if (action === "create") return [`creates ${stack} with ${resources?.length ?? 0} resources`, ...moved].join("; ");
  if (resources === null) return [`updates ${stack}, of which it is not known what it holds now`, ...moved].join("; ");
  const by = (["add", "change", "replace", "may-replace", "remove"] as const).flatMap((kind) => {
    const names = resources.filter((resource) => resource.action === kind).map(({ logicalId }) => logicalId);
    return names.length === 0 ? [] : [`${kind === "may-replace" ? "may replace" : kind} ${names.join(", ")}`];
  });
  return `updates ${stack}: ${[...by, ...moved].join("; ")}`;
}
