/** The kind Defaults: what a whole organisation assumes, and what it forbids. */

import { boolean, integer, list, object, required, text, type ValueOf } from "./field.ts";
import { jobLayer } from "./job.ts";
import { environmentNamePattern, metadata } from "./metadata.ts";
import { serviceLayer } from "./service.ts";

/** What a guardrail may demand; each states one of them. */
export const guardrailRules = [
  "maximumCpu",
  "maximumMemory",
  "maximumTasks",
  "minimumTasks",
  "minimumRetention",
  "requiredTags",
  "regions",
  "publicLoadBalancerNeedsCertificate",
  "noPublicAddresses",
] as const;

export const defaultsDocument = object("What a whole organisation assumes and forbids.", {
  apiVersion: required(text("Version of the format.", { default: "fsd/v1" })),
  kind: required(text("Kind of the document.", { default: "Defaults" })),
  metadata: required(metadata("organisation")),
  defaults: object("Values that every document begins with.", {
    service: { ...serviceLayer, about: "Of every Service: any of its fields." },
    job: { ...jobLayer, about: "Of every Job: any of its fields." },
  }),
  guardrails: list(
    "What is forbidden, and why.",
    object(
      "One rule.",
      {
        name: required(text("Its name.", { pattern: /^[a-z0-9-]+$/, form: "lower-case letters, digits and hyphens", max: 64 })),
        reason: required(text("Why; told to whoever breaks it.", { max: 512 })),
        environments: list(
          "Where it holds.",
          text("An environment's name.", { pattern: environmentNamePattern, form: "an environment's name" }),
          { otherwise: "everywhere but on local" },
        ),
        maximumCpu: integer("CPU units a task may have at most, of a job's schedules too.", 256, 16_384),
        maximumMemory: integer("MiB a task may have at most, of a job's schedules too.", 512, 122_880),
        maximumTasks: integer("Tasks a service may grow to, by its schedules too, or a job's run start.", 1, 5000),
        minimumTasks: integer("Tasks a service with a port must keep, also by its schedules.", 1, 5000),
        minimumRetention: integer("Days logs must be kept; then they cannot be switched off.", 1, 3653),
        requiredTags: list("Tags that services and jobs must give under metadata.tags.", text("A tag."), { min: 1 }),
        regions: list("Regions that may be used.", text("A region."), { min: 1 }),
        publicLoadBalancerNeedsCertificate: boolean("Whether a public load balancer must speak HTTPS."),
        noPublicAddresses: boolean("Whether tasks may not have public addresses."),
      },
      { alternatives: [guardrailRules.map((rule) => [rule])] },
    ),
  ),
});

export type DefaultsValue = ValueOf<typeof defaultsDocument>;
export type Guardrail = NonNullable<DefaultsValue["guardrails"]>[number];
