/**
 * The service's record in the registry of its environment. It is a resource of the service's own stack, so that it changes with the
 * deployment it tells of, goes back when that is rolled back, and goes with the service.
 */
import { sameJson } from "../../kit/json.ts";
import { parseRegistration, type Registration, registrationOf } from "../../manifest/registration.ts";
import { registryRecordName } from "../names.ts";
import { tagMap } from "../tags.ts";
import type { Template, Value } from "../template.ts";
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
    const text =
      typeof value === "object" && "substituted" in value
        ? JSON.stringify(value.substituted)
        : substitutable(template.text(JSON.stringify(value)));
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

/** What a service's rules take, as its template has it. */
type Taken = Pick<Registration, "priority" | "testPriority" | "requests">;

/**
 * The patched template with a record that says what its rule answers, and with which priority: others are judged by what stands,
 * not by what the manifest would have made.
 */
export function registeredAsPatched(patched: Template, generated: Template): Template {
  const { Registration: record } = patched.Resources;
  const text = subText(record?.Properties?.Value);
  const [before, after] = [taken(generated), taken(patched)];
  const { priority, testPriority, requests } = after;
  const asked = sameJson(before.requests, requests);
  const numbered = before.priority === priority && before.testPriority === testPriority;
  if (record === undefined || text === undefined || (asked && numbered)) return patched;
  const value = {
    ...(JSON.parse(text) as object),
    ...(before.priority === priority ? {} : { priority }),
    ...(before.testPriority === testPriority ? {} : { testPriority }),
    // Without a priority a record says of host and path that no rule answers them, so a rule whose priority is not to be read says it here.
    ...(asked && (before.priority === priority || priority !== undefined) ? {} : { requests }),
  };
  const Properties = { ...record.Properties, Value: { "Fn::Sub": JSON.stringify(value) } };
  return { ...patched, Resources: { ...patched.Resources, Registration: { ...record, Properties } } };
}

/**
 * What a patched template registers of its rules, all of it; with `${…}` where CloudFormation fills in. Undefined where `overrides`
 * leave no record that could be read.
 */
export function patchedRegistration(template: Template): Taken | undefined {
  const text = subText(template.Resources.Registration?.Properties?.Value);
  const registration = text === undefined ? undefined : parseRegistration(text);
  if (registration === undefined) return undefined;
  const { priority, testPriority, requests } = registration;
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(testPriority === undefined ? {} : { testPriority }),
    ...(requests === undefined ? {} : { requests }),
  };
}

function taken({ Resources }: Template): Taken {
  const rule = Resources.ListenerRule?.Properties;
  return {
    priority: wholeNumber(rule?.Priority),
    testPriority: wholeNumber(Resources.TestListenerRule?.Properties?.Priority),
    requests: rule === undefined ? undefined : requestsOf(rule.Conditions),
  };
}

/** Undefined where a condition is nothing that can be read here. */
function requestsOf(conditions: Value | undefined): readonly string[] | undefined {
  if (!Array.isArray(conditions)) return undefined;
  let hosts: readonly string[] = ["*"];
  let paths: readonly string[] = ["/*"];
  const others: string[] = [];
  for (const condition of conditions as readonly Readonly<Record<string, Value | undefined>>[]) {
    const { Field, HostHeaderConfig, PathPatternConfig, Values } = condition;
    if (Field === "host-header") hosts = texts(HostHeaderConfig, Values).map((host) => host.toLowerCase());
    else if (Field === "path-pattern") paths = texts(PathPatternConfig, Values);
    else others.push(JSON.stringify(condition));
  }
  const also = others.length === 0 ? "" : ` with ${others.join(" and ")}`;
  return hosts.flatMap((host) => paths.map((path) => `${host}${path}${also}`));
}

function texts(config: Value | undefined, direct: Value | undefined): readonly string[] {
  const values = (config as { readonly Values?: Value } | undefined)?.Values ?? direct;
  return (Array.isArray(values) ? (values as readonly Value[]) : []).map((value) => subText(value) ?? JSON.stringify(value));
}

/** As part of a text for `Fn::Sub`; undefined where it is none. */
function subText(value: Value | undefined): string | undefined {
  if (typeof value === "string") return value.replaceAll("${", "${!");
  if (typeof value !== "object" || value === null) return undefined;
  const { "Fn::Sub": text, Ref: name } = value as { readonly "Fn::Sub"?: unknown; readonly Ref?: unknown };
  return typeof text === "string" ? text : typeof name === "string" ? `\${${name}}` : undefined;
}

function wholeNumber(value: Value | undefined): number | undefined {
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isInteger(number) ? number : undefined;
}
