/** A resolved environment written back as a document: what `fsd env show` prints, with every default in it. */
import { sameJson } from "../kit/json.ts";
import { usualImages } from "./resolve-environment.ts";
import type { ResolvedEnvironment } from "./resolved.ts";

export function documentOf(environment: ResolvedEnvironment): Readonly<Record<string, unknown>> {
  const { kind, name, description, tags: allTags, standIns, local: _, described: __, file: ___, ...body } = environment;
  const tags = Object.fromEntries(Object.entries(allTags).filter(([key]) => !key.startsWith("fsd:")));
  const written: Record<string, unknown> = {};
  for (const key of order) if (!isEmpty(body[key])) written[key] = key === "images" ? imagesOf(body.images) : body[key];
  return {
    apiVersion: "fsd/v1",
    kind,
    metadata: { name, ...(description === undefined ? {} : { description }), ...(isEmpty(tags) ? {} : { tags }) },
    environment: { ...written, ...(Object.values(standIns).every(isEmpty) ? {} : { local: standIns }) },
  };
}

/** The usual tags, which are all, and the usual gate, which has no effect yet, are not shown: they would look as if they had one. */
function imagesOf({ scanGate, tags, ...images }: ResolvedEnvironment["images"]): object {
  const { scanGate: usualGate, tags: usualTags } = usualImages;
  return {
    ...images,
    ...(sameJson(scanGate, usualGate) ? {} : { scanGate }),
    ...(tags === usualTags ? {} : { tags }),
  };
}

const order = [
  "account",
  "region",
  "vpc",
  "cluster",
  "loadBalancers",
  "domain",
  "namespace",
  "variables",
  "alarmTopics",
  "images",
  "roles",
  "protect",
  "promoteFrom",
] as const;

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}
