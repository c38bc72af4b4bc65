/** What every Describe of EC2 has in common: ids, filters with wildcards, tags as filters, pages. */
import type { Filter, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import type { Collection } from "../../persistence/store.ts";
import { pageOf } from "../page.ts";
import { invalidValue, type Noun, notFound } from "./faults.ts";
import type { Resource, Tags } from "./records.ts";

/** The values a filter compares, by filter name (`vpc-id`). */
export type Filters<Record> = Readonly<{ [name: string]: (record: Record) => readonly (string | undefined)[] }>;

export interface Question {
  readonly ids?: readonly string[];
  readonly filters?: readonly Filter[];
  readonly maxResults?: number;
  readonly nextToken?: string;
}

/** Records of the region that the question asks for, one page of them. An id that does not exist is an error. */
export function select<Record extends Resource>(
  collection: Collection<Record>,
  region: string,
  noun: Noun,
  filters: Filters<Record>,
  { ids, filters: asked = [], maxResults = 1000, nextToken }: Question,
): { records: Record[]; nextToken?: string } {
  const named = ids?.map((id) => {
    const record = collection.get(`${region}/${id}`);
    if (record === undefined) throw notFound(noun, id);
    return record;
  });
  const found = (named ?? collection.list(`${region}/`)).filter((record) => matches(record, filters, asked));
  found.sort((a, b) => (a.id < b.id ? -1 : 1));
  const page = pageOf(
    found,
    ({ id }) => id,
    maxResults,
    nextToken,
    () => {
      throw invalidValue("Unable to parse pagination token");
    },
  );
  return { records: page.items, nextToken: page.nextToken };
}

/** Whether the record meets every filter: for each, one of its values matches one of the record's. */
export function matches<Record extends { readonly tags: Tags }>(record: Record, known: Filters<Record>, asked: readonly Filter[]): boolean {
  return asked.every(({ Name = "", Values = [] }) => {
    const actual = valuesOf(record, known, Name);
    return Values.some((wanted) => actual.some((value) => value !== undefined && like(value, wanted)));
  });
}

function valuesOf<Record extends { readonly tags: Tags }>(
  record: Record,
  known: Filters<Record>,
  name: string,
): readonly (string | undefined)[] {
  if (name.startsWith("tag:")) return [record.tags[name.slice("tag:".length)]];
  if (name === "tag-key") return Object.keys(record.tags);
  if (name === "tag-value") return Object.values(record.tags);
  const values = Object.hasOwn(known, name) ? known[name] : undefined;
  if (values === undefined) throw invalidValue(`The filter '${name}' is invalid`);
  return values(record);
}

/** `*` stands for any text, `?` for one character, `\` takes either literally. */
function like(value: string, wanted: string): boolean {
  if (!/[*?\\]/.test(wanted)) return value === wanted;
  const pattern = wanted.replace(/\\?[\s\S]/g, (piece) => {
    if (piece === "*") return "[\\s\\S]*";
    if (piece === "?") return "[\\s\\S]";
    return (piece.length > 1 ? piece.slice(1) : piece).replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
  });
  return new RegExp(`^${pattern}$`).test(value);
}

export function tagList(tags: Tags): Tag[] {
  return Object.entries(tags)
    .map(([Key, Value]) => ({ Key, Value }))
    .sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

/** The tags a create call gives to the resource itself. */
export function tagsFor(resourceType: string, specifications: readonly TagSpecification[] | undefined): Tags {
  const tags: Record<string, string> = {};
  for (const { ResourceType, Tags = [] } of specifications ?? []) {
    if (ResourceType !== resourceType) {
      throw invalidValue(`'${ResourceType}' is not a valid taggable resource type for this operation.`);
    }
    for (const { Key, Value } of Tags) if (Key !== undefined) tags[Key] = Value ?? "";
  }
  return tags;
}
