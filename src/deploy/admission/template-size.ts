/**
 * CloudFormation takes templates of up to 51,200 bytes in a request (its quotas page); larger ones come from S3, which fsd
 * does not use. They are sent as JSON without spaces, and measured so. The local platform takes up to 1 MB, so a template that
 * passed there may be refused here.
 */
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { synthesizeEnvironment } from "../../synth/environment/synthesize-environment.ts";
import { environmentStackName, serviceStackName } from "../../synth/names.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { Template } from "../../synth/template.ts";

const LIMIT = 51_200;

/** Refuses before anything is changed; FSD7009. */
export function checkTemplateSizes(environment: ResolvedEnvironment, documents: readonly Deployable[]): void {
  if (environment.local) return;
  const { name } = environment;
  const templates: [stack: string, template: Template, render: string, tags: string][] = [
    [environmentStackName(name), synthesizeEnvironment(environment), `fsd env render --env ${name}`, ""],
    ...documents.map((document): [string, Template, string, string] => [
      serviceStackName(name, document.name),
      synthesizeStack(document, environment),
      `fsd render --env ${name} --service ${document.name}`,
      // Without them the stack would be another's to fsd, when the template has become smaller.
      ` --tags fsd:service=${document.name} fsd:environment=${name}`,
    ]),
  ];
  for (const [stack, template, render, tags] of templates) {
    const size = Buffer.byteLength(JSON.stringify(template));
    if (size <= LIMIT) continue;
    throw failure(
      "FSD7009",
      `the template of ${stack} has ${size} bytes as JSON without spaces, and CloudFormation takes ${LIMIT} in a request`,
      {
        hint: `${largest(template)}; or deploy it without fsd, by way of a bucket of yours: ${render} > ${stack}.yml && aws cloudformation deploy --template-file ${stack}.yml --stack-name ${stack} --s3-bucket <bucket> --capabilities CAPABILITY_NAMED_IAM${tags}${valuesOf(template)}`,
      },
    );
  }
}

/** The values that the template cannot do without. */
function valuesOf({ Parameters = {} }: Template): string {
  const needed = Object.entries(Parameters).flatMap(([name, { Default }]) => (Default === undefined ? [`${name}=<value>`] : []));
  return needed.length === 0 ? "" : ` --parameter-overrides ${needed.join(" ")}`;
}

/** What to make smaller. */
function largest({ Resources }: Template): string {
  const sizes = new Map<string, number>();
  for (const { Type, ...rest } of Object.values(Resources)) sizes.set(Type, (sizes.get(Type) ?? 0) + JSON.stringify(rest).length);
  const [type, bytes] = [...sizes].sort(([, a], [, b]) => b - a)[0] ?? ["", 0];
  return `most of it (${bytes} bytes) is ${type}`;
}
