/**
 * What synthesis cannot know (the random end of a secret's ARN) is a parameter of the template. The template's
 * metadata says what to look up for each, so whoever deploys it needs nothing else.
 */
import { shortHash } from "../kit/hash.ts";
import { pascal, type Template, type TemplateBuilder } from "./template.ts";

/** How to find a parameter's value: the full ARN of a secret, the ARN of an MSK cluster, the address of a database. */
export type Lookup = { readonly parameter: string } & (
  | { readonly secret: string }
  | { readonly mskCluster: string }
  /** `type` is the dependency's: aws_rds_instance, aws_elasticache … */
  | { readonly endpoint: string; readonly type: string }
);

const PREFIX = "Secret";

/** The template's parameter for the full ARN of the secret of this name. */
export function lookupParameter(secret: string, template: TemplateBuilder): string {
  const readable = pascal(secret).slice(0, 200);
  // Different names can look the same once punctuation is gone.
  const name = `${PREFIX}${readable}${/^[a-z][a-z0-9]*(\/[a-z][a-z0-9]*)*$/.test(secret) ? "" : shortHash(secret, 4)}Arn`;
  template.parameter(name, { Type: "String", Description: `Full ARN of the secret ${secret}.`, AllowedPattern: "^arn:.*" });
  template.lookup(name, { secret });
  return name;
}

/** What must be looked up before a template can be deployed. */
export function lookupsOf(template: Template): readonly Lookup[] {
  const lookups = (template.Metadata?.["fsd:lookups"] ?? {}) as unknown as Readonly<Record<string, Omit<Lookup, "parameter">>>;
  return Object.entries(lookups).map(([parameter, by]) => ({ parameter, ...by }) as Lookup);
}
