/**
 * The service's record in the registry of its environment. It is a resource of the service's own stack, so that it changes with the
 * deployment it tells of, goes back when that is rolled back, and goes with the service.
 */
import { registrationOf } from "../../manifest/registration.ts";
import { registryRecordName } from "../names.ts";
import { tagMap } from "../tags.ts";
import type { Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";

/** `url`: where other services reach it; undefined for a worker. */
export function registryRecord({ name, definition, environment, template, tags }: ServiceContext, url: Value | undefined): void {
  template.parameter("Repository", {
    Type: "String",
    Description: "The repository that its manifest is in, as others know it; fsd deploy gives it.",
    Default: "",
    // It becomes part of a JSON text.
    AllowedPattern: '^[^"\\\\]*$',
  });
  const fields = {
    ...registrationOf(definition, environment),
    repository: { substituted: "${Repository}" },
    ...(url === undefined ? {} : { url: { substituted: substitutable(url) } }),
  };
  const texts = Object.entries(fields).map(([key, value]) => {
    const text = typeof value === "object" ? JSON.stringify(value.substituted) : substitutable(template.text(JSON.stringify(value)));
    return `${JSON.stringify(key)}:${text}`;
  });
  template.resource("Registration", {
    Type: "AWS::SSM::Parameter",
    Properties: {
      Name: registryRecordName(environment.name, name),
      Type: "String",
      Value: { "Fn::Sub": `{${texts.join(",")}}` },
      Tags: tagMap(tags),
    },
  });
}

/** As part of a text for `Fn::Sub`. */
function substitutable(value: Value): string {
  return typeof value === "string" ? value.replaceAll("${", "${!") : (value as { readonly "Fn::Sub": string })["Fn::Sub"];
}
