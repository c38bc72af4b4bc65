/** What a template takes from other services: the values that their stacks write down, each read by a parameter of its own. */
import { registryPath } from "./names.ts";
import type { Template } from "./template.ts";

export interface ServiceReference {
  readonly service: string;
  /** `url`, `host`, `port` or `security-group`. */
  readonly value: string;
}

export function serviceReferences({ Parameters = {} }: Template, environment: string): readonly ServiceReference[] {
  const prefix = `${registryPath(environment)}/`;
  return Object.values(Parameters).flatMap(({ Type, Default }) => {
    if (!Type.startsWith("AWS::SSM::Parameter::Value") || typeof Default !== "string" || !Default.startsWith(prefix)) return [];
    const [service = "", value = ""] = Default.slice(prefix.length).split("/");
    return [{ service, value }];
  });
}
