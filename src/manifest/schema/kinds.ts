/** Every kind of document with its schema and, where environments may differ, the schema of a layer. */
import { defaultsDocument } from "./defaults.ts";
import { environmentDocument } from "./environment.ts";
import type { ObjectField } from "./field.ts";
import { jobDocument, jobLayer } from "./job.ts";
import { serviceDocument, serviceLayer } from "./service.ts";

export interface KindSchema {
  readonly document: ObjectField;
  /** What may stand under `environments.<name>`. */
  readonly layer?: ObjectField;
  /** The field that holds the kind's own fields: short paths begin below it. */
  readonly body: string;
}

export const kindSchemas = {
  Service: { document: serviceDocument, layer: serviceLayer, body: "service" },
  Job: { document: jobDocument, layer: jobLayer, body: "job" },
  Environment: { document: environmentDocument, body: "environment" },
  Defaults: { document: defaultsDocument, body: "defaults" },
} as const satisfies Record<string, KindSchema>;

export type Kind = keyof typeof kindSchemas;
export const kinds = Object.keys(kindSchemas) as readonly Kind[];
