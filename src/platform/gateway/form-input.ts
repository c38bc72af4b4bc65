/**
 * Reads an operation's input from the form of the query protocols: `Tags.member.1.Key=…` (awsQuery), `Filter.1.Value.2=…`
 * (ec2Query), flattened or wrapped lists, `entry.1.key`/`entry.1.value` maps.
 */
import type { Shape } from "./schema.ts";
import { membersOf } from "./schema.ts";
import { readText } from "./text-value.ts";

/** One level of a key: what the form says of it and of everything below it. */
interface Branch {
  text?: string;
  readonly children: Map<string, Branch>;
}

type Names = (name: string, shape: Shape) => readonly string[];

/** Names by which awsQuery sends a member: its XML name, else its own. */
const queryNames: Names = (name, shape) => [String(shape.getMemberTraits().xmlName ?? name)];

/** Names by which ec2Query sends a member: its EC2 query name, else its XML name or own name with a capital. */
const ec2Names: Names = (name, shape) => {
  const traits = shape.getMemberTraits() as { ec2QueryName?: string; xmlName?: string };
  return [traits.ec2QueryName ?? capitalised(traits.xmlName ?? name)];
};

export function readForm(form: URLSearchParams, input: Shape, protocol: "awsQuery" | "ec2Query"): Record<string, unknown> {
  const tree = grow(form);
  const read = new FormReader(protocol === "ec2Query" ? ec2Names : queryNames);
  return read.structure(input, tree) as Record<string, unknown>;
}

function grow(form: URLSearchParams): Branch {
  const root: Branch = { children: new Map() };
  for (const [key, text] of form) {
    let branch = root;
    for (const part of key.split(".")) {
      let child = branch.children.get(part);
      if (child === undefined) {
        child = { children: new Map() };
        branch.children.set(part, child);
      }
      branch = child;
    }
    branch.text ??= text;
  }
  return root;
}

class FormReader {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  structure(shape: Shape, branch: Branch): Record<string, unknown> {
    const value: Record<string, unknown> = {};
    for (const [name, member] of membersOf(shape)) {
      for (const sent of this.#names(name, member)) {
        const child = branch.children.get(sent);
        if (child !== undefined) value[name] = this.#value(member, child);
      }
    }
    return value;
  }

  #value(shape: Shape, branch: Branch): unknown {
    if (shape.isStructSchema()) return this.structure(shape, branch);
    if (shape.isListSchema()) return this.#list(shape, branch);
    if (shape.isMapSchema()) return this.#map(shape, branch);
    return readText(shape, branch.text ?? "");
  }

  /** `Name.1`, `Name.member.1` or `Name.<xml name>.1`; an empty list is sent as `Name=`. */
  #list(shape: Shape, branch: Branch): unknown[] {
    const member = shape.getValueSchema();
    const wrapped = branch.children.get(String(member.getMergedTraits().xmlName ?? "member")) ?? branch.children.get("member");
    return numbered(wrapped ?? branch).map((item) => this.#value(member, item));
  }

  #map(shape: Shape, branch: Branch): Record<string, unknown> {
    const key = shape.getKeySchema();
    const value = shape.getValueSchema();
    const result: Record<string, unknown> = {};
    for (const item of numbered(branch.children.get("entry") ?? branch)) {
      const keyText = item.children.get(String(key.getMergedTraits().xmlName ?? "key"))?.text;
      const found = item.children.get(String(value.getMergedTraits().xmlName ?? "value"));
      if (keyText !== undefined && keyText !== "__proto__") result[keyText] = found === undefined ? "" : this.#value(value, found);
    }
    return result;
  }
}

/** The children whose name is a number, in the order of their numbers. */
function numbered(branch: Branch): Branch[] {
  return [...branch.children]
    .filter(([name]) => /^\d{1,6}$/.test(name))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);
}

function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
