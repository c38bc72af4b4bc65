/** What stacks create under names of their own choosing: each exists once in an environment. */
import type { Diagnostics } from "../diagnostic.ts";
import type { ResolvedEnvironment } from "../resolved.ts";
import { readable } from "../text.ts";
import { placeOf } from "../tree.ts";
import type { Placed } from "./placed.ts";

interface Made {
  /** What it is called: `queue jobs`. */
  readonly thing: string;
  readonly path: string;
  readonly hint: string;
}

const nouns: Readonly<Record<string, string>> = {
  aws_dynamodb_table: "table",
  aws_s3_bucket: "bucket",
  aws_sns_topic: "topic",
  aws_sqs_queue: "queue",
};

export function checkMadeOnce(documents: readonly Placed[], environment: ResolvedEnvironment, diagnostics: Diagnostics): void {
  const makers = new Map<string, string>();
  for (const placed of documents) {
    const { name } = placed.service;
    for (const { thing, path, hint } of madeBy(placed, environment)) {
      const first = makers.get(thing);
      makers.set(thing, first ?? name);
      if (first === undefined) continue;
      const { file, line, column } = placeOf(placed.tree, path);
      const who = first === name ? `${name} creates the ${thing} twice` : `${first} and ${name} both create the ${thing}`;
      diagnostics.report("FSD1709", { file, line, column }, path, who, hint);
    }
  }
}

function madeBy({ service: { service, dependencies }, kind }: Placed, environment: ResolvedEnvironment): readonly Made[] {
  const { logs } = service.observability;
  const { serviceDiscovery } = service.networking;
  return [
    ...dependencies.flatMap(({ type, name, managed }, index): Made[] => {
      if (managed === undefined || (environment.local && Object.hasOwn(environment.standIns.dependencies, name))) return [];
      const dead = type === "aws_sqs_queue" && managed.deadLetter !== undefined ? [name.replace(/(\.fifo)?$/, "-dead$1")] : [];
      return [name, ...dead].map((own) => ({
        thing: `${nouns[type] ?? type} ${readable(own)}`,
        path: `dependencies[${index}].name`,
        hint: "let one of them create it, and the other use it without managed",
      }));
    }),
    ...(logs.enabled
      ? [
          {
            thing: `log group ${readable(logs.group)}`,
            path: kind === "Job" ? "job.logs.group" : "service.observability.logs.group",
            hint: "give each a log group of its own",
          },
        ]
      : []),
    ...(serviceDiscovery === undefined
      ? []
      : [
          {
            thing: `name ${serviceDiscovery.name} of ${environment.namespace ?? "the namespace"}`,
            path: "service.networking.serviceDiscovery.name",
            hint: "give one of them another serviceDiscovery.name",
          },
        ]),
  ];
}
