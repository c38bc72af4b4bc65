/**
 * Turns a document in old spellings into one of `fsd/v1`, on the parser's own tree: every node keeps its place in the
 * source and its comments. The same function stands behind reading, which then complains about the original lines,
 * and behind `fsd fmt --upgrade`, which prints the outcome; so the two cannot mean different things.
 */
import { type Document, isMap, isScalar, isSeq, type Node, Pair, visit, type YAMLMap } from "yaml";
import { writtenOut } from "../aliases.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Field, ObjectField } from "../schema/field.ts";
import { serviceDocument, serviceLayer } from "../schema/service.ts";
import { type FlatKey, type FlatSection, flatRoot, flatSections } from "./flat-sections.ts";
import type { Say } from "./remark.ts";
import { dependencyOf } from "./table-keys.ts";
import {
  carryComments,
  fold,
  foldedEntry,
  inheritComments,
  type KeyedPair,
  listAt,
  mapAt,
  mapBelow,
  nameOf,
  offsetOf,
  pairsOf,
  renamed,
  scalarAt,
} from "./tree-building.ts";
import { spelling, turned } from "./values.ts";

/** Whether a map without `apiVersion` is a service of the flat dialect. */
export function isFlat(contents: unknown): contents is YAMLMap {
  if (!isMap(contents)) return false;
  const names = new Set(pairsOf(contents).map((pair) => fold(nameOf(pair))));
  if (names.has("apiversion") || names.has("kind")) return false;
  return names.has("platform") || names.has("compute") || (names.has("name") && (names.has("scaling") || names.has("team")));
}

/** Changes the document's contents; what was old is said, a remark each. */
export function modernise(document: Document, say: Say): void {
  const { contents } = document;
  if (!isMap(contents)) return;
  const flat = isFlat(contents);
  if (!flat && !hasOldPlaces(document)) return;
  // What is moved out of a shared map must not go missing at the alias; a bomb is left for the reader to refuse.
  const plain = hasAliases(document) ? writtenOut(document) : contents;
  if (!isMap(plain)) return;
  if (flat) document.contents = fromFlat(plain, say) as never;
  else moveWithin(plain, say);
}

function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

const movedKeys = new Set(["owner", "minCount", "maxCount", "attributes", "keySchema"]);

function hasOldPlaces(document: Document): boolean {
  let found = false;
  visit(document, {
    Pair: (_, { key }) => {
      if (!isScalar(key) || !movedKeys.has(String(key.value))) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function fromFlat(flat: YAMLMap, say: Say): YAMLMap {
  const [first] = pairsOf(flat);
  const at = first?.key ?? flat;
  const root = mapAt(flat, [
    new Pair(scalarAt("apiVersion", at), scalarAt("fsd/v1", at)),
    new Pair(scalarAt("kind", at), scalarAt("Service", at)),
  ]);
  // What stands above everything is about the document, not about its first key.
  root.commentBefore = [flat.commentBefore, first?.key.commentBefore].filter((comment) => comment != null).join("\n") || null;
  if (first !== undefined) first.key.commentBefore = null;
  root.comment = flat.comment ?? null;
  place(flat, root, serviceDocument, "", say);
  return root;
}

/** Every key of a flat map (a document or an environment's block) into the document or layer. */
function place(flat: YAMLMap, root: YAMLMap, document: ObjectField, shown: string, say: Say): void {
  const origins = new Map<string, string>();
  const put = (pair: KeyedPair, old: string, now: FlatKey): void => {
    const path = now.now.split(".");
    const name = path.pop() as string;
    const earlier = origins.get(now.now);
    if (earlier !== undefined) {
      say({
        code: "FSD1107",
        offset: offsetOf(pair.key),
        path: `${shown}${now.now}`,
        message: `${old} says the same as ${earlier}`,
        hint: "keep one of them",
      });
      return;
    }
    origins.set(now.now, old);
    if (old !== now.now) say({ ...spelling(pair, now.now, old), path: `${shown}${now.now}` });
    const parent = mapBelow(root, path, pair.key);
    if (parent === undefined) return;
    const moved = renamed(pair, name);
    // Blank lines set sections apart that are no longer there.
    if (old !== now.now) moved.key.spaceBefore = false;
    moved.value = turned(moved.value, now.turn, fieldAt(document, now.now), now.now, say);
    const present = pairsOf(parent).find((candidate) => nameOf(candidate) === name);
    if (present !== undefined && isMap(present.value) && isMap(moved.value)) {
      // A part of it came from elsewhere before.
      carryComments(moved.key, present.key);
      present.value.items.push(...moved.value.items);
    } else if (present !== undefined && isScalar(present.value) && present.value.value === null) present.value = moved.value;
    else if (present === undefined) parent.items.push(moved);
  };
  for (const pair of pairsOf(flat)) {
    const name = nameOf(pair);
    const section = foldedEntry(flatSections, name);
    if (section !== undefined && isMap(pair.value)) {
      const inner = pairsOf(pair.value);
      inheritComments(pair, pair.value, inner[0]?.key);
      for (const own of inner) {
        const key = keyIn(section[1], nameOf(own), document);
        if (key === undefined) unknown(own, `${section[0]}`, section[1], document, shown, say);
        else put(own, `${name}.${nameOf(own)}`, key);
      }
      if (pair.value.comment != null) root.comment = [root.comment, pair.value.comment].filter((comment) => comment != null).join("\n");
    } else if (fold(name) === "environments" && isMap(pair.value) && shown === "") {
      for (const block of pairsOf(pair.value)) {
        if (!isMap(block.value)) continue;
        const layer = mapAt(block.value);
        layer.commentBefore = block.value.commentBefore ?? null;
        layer.comment = block.value.comment ?? null;
        place(block.value, layer, serviceLayer, `environments.${nameOf(block)}.`, say);
        block.value = layer;
      }
      root.items.push(renamed(pair, "environments"));
    } else if (section !== undefined && pair.value !== null && !isEmpty(pair.value)) {
      say({
        code: "FSD1102",
        offset: offsetOf(pair.value),
        path: `${shown}${name}`,
        message: `${name} must be a map`,
        hint: `it has ${listed(known(section[1], document))}`,
      });
    } else if (section === undefined) {
      const key = keyIn(flatRoot, name, document);
      if (key === undefined || (shown !== "" && /^(metadata\.name|service\.type)$/.test(key.now)))
        unknown(pair, "", flatRoot, document, shown, say);
      else put(pair, name, key);
    }
  }
}

function isEmpty(value: Node): boolean {
  return isScalar(value) && value.value === null;
}

/** Where the key of a section stands now. */
function keyIn(section: FlatSection, name: string, document: ObjectField): FlatKey | undefined {
  const special = foldedEntry(section.keys, name)?.[1];
  if (special !== undefined) return special;
  for (const into of section.into) {
    const field = into === "" ? document : fieldAt(document, into);
    if (field?.type !== "object") continue;
    const old = Object.hasOwn(field.renamed, name) ? field.renamed[name] : undefined;
    const found = foldedEntry(field.fields, old ?? name)?.[0];
    if (found !== undefined && !/^(apiVersion|kind|metadata|service|environments)$/.test(found))
      return { now: into === "" ? found : `${into}.${found}` };
  }
  return undefined;
}

/** The keys a section has, for a hint. */
export function known(section: FlatSection, document: ObjectField = serviceDocument): string[] {
  const fields = section.into.flatMap((into) => {
    const field = into === "" ? undefined : fieldAt(document, into);
    return field?.type === "object" ? Object.keys(field.fields) : [];
  });
  return [...new Set([...Object.keys(section.keys), ...(section === flatRoot ? Object.keys(flatSections) : []), ...fields])];
}

function unknown(pair: KeyedPair, section: string, of: FlatSection, document: ObjectField, shown: string, say: Say): void {
  const name = nameOf(pair);
  const near = didYouMean(name, [...known(of, document), ...(section === "" ? ["environments", "dependencies", "overrides"] : [])]);
  const job = section === "" && /^(schedules?|cron|rate)$/.test(fold(name));
  say({
    code: "FSD1101",
    offset: offsetOf(pair.key),
    path: `${shown}${section === "" ? "" : `${section}.`}${name}`,
    ...(near === undefined || shown !== "" ? {} : { breaks: keyIn(of, near, document)?.now ?? near }),
    message: `unknown field ${JSON.stringify(name)} in ${section === "" ? (shown === "" ? "this document" : shown.slice(0, -1)) : section}`,
    hint: job
      ? "what runs by the clock is a kind: Job"
      : near === undefined
        ? `it has ${listed(known(of, document))}`
        : `did you mean ${near}?`,
  });
}

function listed(words: readonly string[]): string {
  return words.length > 12 ? `${words.slice(0, 12).join(", ")} …` : words.join(", ");
}

function fieldAt(document: ObjectField, path: string): Field | undefined {
  let field: Field | undefined = document;
  for (const name of path.split(".")) {
    field = field?.type === "object" && Object.hasOwn(field.fields, name) ? field.fields[name] : undefined;
  }
  return field;
}

/** Old spellings of `fsd/v1` itself whose field stands in another map now, or takes a list. */
function moveWithin(root: YAMLMap, say: Say): void {
  const layers: [map: YAMLMap, shown: string][] = [[root, ""]];
  const blocks = childOf(root, "environments");
  if (isMap(blocks))
    for (const block of pairsOf(blocks)) if (isMap(block.value)) layers.push([block.value, `environments.${nameOf(block)}.`]);
  const defaults = childOf(root, "defaults");
  const assumed = isMap(defaults) ? childOf(defaults, "service") : undefined;
  if (isMap(assumed)) layers.push([assumed, "defaults.service."]);
  for (const [layer, shown] of layers) {
    const metadata = childOf(layer, "metadata");
    if (isMap(metadata)) {
      const owner = pairsOf(metadata).find((pair) => nameOf(pair) === "owner");
      if (owner !== undefined && isScalar(owner.value) && owner.value.value !== null) owner.value = listAt(owner.value, [owner.value]);
    }
    const service = childOf(layer, "service");
    const scaling = isMap(service) ? childOf(service, "autoScaling") : undefined;
    if (isMap(service) && isMap(scaling)) moveCounts(service, scaling, shown, say);
    const dependencies = childOf(layer, "dependencies");
    if (isSeq(dependencies)) {
      dependencies.items.forEach((item, index) => {
        dependencyOf(item as Node, `${shown}dependencies[${index}]`, say);
      });
    }
  }
}

function moveCounts(service: YAMLMap, scaling: YAMLMap, shown: string, say: Say): void {
  for (const [old, now] of [
    ["minCount", "minCapacity"],
    ["maxCount", "maxCapacity"],
  ] as const) {
    const pair = pairsOf(scaling).find((candidate) => nameOf(candidate) === old);
    if (pair === undefined) continue;
    const resources = mapBelow(service, ["resources"], pair.key);
    if (resources === undefined) continue;
    scaling.items = scaling.items.filter((item) => item !== pair);
    const holder = pairsOf(service).find((candidate) => candidate.value === scaling);
    if (scaling.items.length === 0 && holder !== undefined) {
      // Nothing is left that scaling should follow; an empty map would only say so.
      inheritComments(holder, scaling, pair.key);
      service.items = service.items.filter((item) => item !== holder);
    }
    const path = `service.resources.${now}`;
    if (pairsOf(resources).some((candidate) => nameOf(candidate) === now)) {
      say({
        code: "FSD1107",
        offset: offsetOf(pair.key),
        path: `${shown}${path}`,
        message: `autoScaling.${old} says the same as resources.${now}`,
        hint: `keep resources.${now}`,
      });
      continue;
    }
    say({ ...spelling(pair, path, `autoScaling.${old}`), path: `${shown}${path}` });
    resources.items.push(renamed(pair, now));
  }
}

function childOf(map: YAMLMap, name: string): Node | null | undefined {
  return pairsOf(map).find((pair) => nameOf(pair) === name)?.value;
}
