/**
 * EventBridge's event patterns, which are SNS's filter policies too: whether an event is one that a rule asks for.
 * Source: "Creating Amazon EventBridge event patterns" and "Comparison operators for use in event patterns". Like AWS's
 * own matcher this works on the event's leaves: a list stands for each of its items, and what a pattern asks of one
 * item of a list of objects must be true of the same item.
 */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";
import { type Leaf, leavesOf } from "./event-leaves.ts";
import { EventPatternError, readTest, type Test } from "./pattern-test.ts";

export interface EventPattern {
  matches(event: JsonObject): boolean;
}

/** What a pattern asks of one path; any of the tests suffices. */
interface Demand {
  readonly path: string;
  readonly tests: readonly Test[];
}

/** `$or` multiplies the ways to match; AWS's limit. */
const MOST_ALTERNATIVES = 1000;

/** Reads a pattern as it is written in JSON. Throws `EventPatternError`. */
export function parseEventPattern(text: string): EventPattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw new EventPatternError("It is not valid JSON");
  }
  if (!isObject(pattern)) throw new EventPatternError("Filter is not an object");
  const alternatives = alternativesOf(pattern, "");
  return {
    matches(event) {
      const leaves = leavesOf(event);
      return alternatives.some((demands) => fulfils(demands, leaves));
    },
  };
}

/** Every way to match a pattern: one list of demands, or several where it has an `$or`. */
function alternativesOf(pattern: JsonObject, path: string): Demand[][] {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new EventPatternError("Empty objects are not allowed");
  let ways: Demand[][] = [[]];
  for (const [key, value] of entries) {
    const choices =
      key === "$or" && isChoice(value) ? value.flatMap((each) => alternativesOf(each, path)) : demandsOf(value, joined(path, key));
    ways = ways.flatMap((way) => choices.map((choice) => [...way, ...choice]));
    if (ways.length > MOST_ALTERNATIVES) throw new EventPatternError(`$or makes more than ${MOST_ALTERNATIVES} combinations`);
  }
  return ways;
}

/** `$or` is the operator when it lists two objects or more; otherwise a field may be called so. */
function isChoice(value: Json | undefined): value is JsonObject[] & Json {
  return Array.isArray(value) && value.length >= 2 && value.every((each) => isObject(each) && Object.keys(each).length > 0);
}

function demandsOf(value: Json | undefined, path: string): Demand[][] {
  if (isObject(value)) return alternativesOf(value, path);
  if (!Array.isArray(value)) throw new EventPatternError(`"${path.slice(1)}" must be an object or an array`);
  if (value.length === 0) throw new EventPatternError("Empty arrays are not allowed");
  return [[{ path, tests: (value as readonly Json[]).map(readTest) }]];
}

/** Paths are joined by a character that no key of JSON text holds unescaped, so that a key with a dot is not two keys. */
function joined(path: string, key: string): string {
  return `${path}\u0000${key}`;
}

/** Looks for leaves that fulfil all demands and, where they come from the same list, from the same item of it. */
function fulfils(demands: readonly Demand[], leaves: ReadonlyMap<string, readonly Leaf[]>, chosen: readonly Leaf[] = []): boolean {
  const [demand, ...others] = demands;
  if (demand === undefined) return true;
  const candidates = leaves.get(demand.path) ?? [];
  if (candidates.length === 0) return demand.tests.some((test) => test.absent) && fulfils(others, leaves, chosen);
  return candidates.some(
    (leaf) =>
      chosen.every((other) => isConsistent(leaf, other)) &&
      demand.tests.some((test) => test.accepts(leaf.value)) &&
      fulfils(others, leaves, [...chosen, leaf]),
  );
}

function isConsistent(a: Leaf, b: Leaf): boolean {
  for (const [list, index] of a.items) {
    const other = b.items.get(list);
    if (other !== undefined && other !== index) return false;
  }
  return true;
}
