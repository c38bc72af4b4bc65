/** What Defaults documents say for everyone: values below every document, and guardrails. */
import type { Diagnostics } from "./diagnostic.ts";
import { mergeLayers, relabel } from "./layers.ts";
import type { PlacedGuardrail } from "./rules/guardrails.ts";
import { check, contentOf } from "./schema/check.ts";
import { defaultsDocument, type Guardrail, guardrailRules } from "./schema/defaults.ts";
import { jobDocument } from "./schema/job.ts";
import { serviceDocument } from "./schema/service.ts";
import { entryOf, type MapNode } from "./tree.ts";

export interface Organisation {
  /** The layer that every document of the kind begins with. */
  readonly assumed: ReadonlyMap<"Service" | "Job", MapNode>;
  readonly guardrails: readonly PlacedGuardrail[];
}

/** Later documents lie over earlier ones; guardrails add up. */
export function readOrganisation(trees: readonly MapNode[], found: Diagnostics): Organisation {
  const assumed = new Map<"Service" | "Job", MapNode>();
  const guardrails: PlacedGuardrail[] = [];
  for (const tree of trees) {
    const diagnostics = found.forDocument();
    const layer = check(tree, defaultsDocument, "", { mode: "layer", diagnostics });
    if (layer?.kind !== "map") continue;
    for (const [kind, key, document] of [
      ["Service", "service", serviceDocument],
      ["Job", "job", jobDocument],
    ] as const) {
      const own = entryOf(entryOf(layer, "defaults")?.value, key)?.value;
      if (own?.kind !== "map") continue;
      const earlier = assumed.get(kind);
      assumed.set(kind, relabel(earlier === undefined ? own : mergeLayers(earlier, own, document), "Defaults"));
    }
    guardrails.push(...readGuardrails(layer, diagnostics));
  }
  return { assumed, guardrails };
}

function readGuardrails(layer: MapNode, diagnostics: Diagnostics): readonly PlacedGuardrail[] {
  const node = entryOf(layer, "guardrails")?.value;
  const whole =
    node === undefined ? undefined : check(node, defaultsDocument.fields.guardrails, "guardrails", { mode: "whole", diagnostics });
  if (whole?.kind !== "list") return [];
  return whole.items.flatMap((item, index): PlacedGuardrail[] => {
    const rule = contentOf(item) as Guardrail;
    if (diagnostics.isBroken(`guardrails[${index}]`)) return [];
    if (guardrailRules.some((name) => rule[name] !== undefined)) return [{ rule, place: item.at }];
    diagnostics.report(
      "FSD1103",
      item.at,
      `guardrails[${index}]`,
      `the guardrail ${rule.name ?? ""} demands nothing`,
      `add one of ${guardrailRules.join(", ")}`,
    );
    return [];
  });
}
