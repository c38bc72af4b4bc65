/**
 * Conditions and transforms of rules: what may be said, how the API answers it back, and what the data plane matches
 * (Elastic Load Balancing API, `RuleCondition`, `RuleTransform`; ALB quotas: five values and five wildcards a rule).
 */
import { isIPv4 } from "node:net";
import type { RuleCondition, RuleTransform } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Condition, Transform } from "../../../engine/balancing/routing-rule.ts";
import { validationError } from "./faults.ts";

const MOST_VALUES = 5;
const MOST_WILDCARDS = 5;
const ONCE_A_RULE: readonly string[] = ["http-request-method", "host-header", "path-pattern", "source-ip"];

/** The conditions as the API stores and answers them. */
export function acceptConditions(conditions: readonly RuleCondition[] | undefined): RuleCondition[] {
  if (conditions === undefined || conditions.length === 0) throw validationError("A condition must be specified");
  const accepted = conditions.map(acceptCondition);
  for (const field of ONCE_A_RULE) {
    if (accepted.filter(({ Field }) => Field === field).length > 1)
      throw validationError(`A rule can have at most one '${field}' condition`);
  }
  const values = accepted.map(routingCondition).flatMap(valuesOf);
  if (values.length > MOST_VALUES) throw validationError(`A rule can have at most ${MOST_VALUES} condition values`);
  const wildcards = values.join("").replace(/[^*?]/g, "").length;
  if (wildcards > MOST_WILDCARDS) throw validationError(`A rule can have at most ${MOST_WILDCARDS} wildcard characters`);
  return accepted;
}

/** A condition as the data plane matches it; `condition` was accepted before. */
export function routingCondition(condition: RuleCondition): Condition {
  switch (condition.Field) {
    case "host-header":
      return {
        field: "host-header",
        values: condition.HostHeaderConfig?.Values ?? [],
        regexValues: condition.HostHeaderConfig?.RegexValues ?? [],
      };
    case "path-pattern":
      return {
        field: "path-pattern",
        values: condition.PathPatternConfig?.Values ?? [],
        regexValues: condition.PathPatternConfig?.RegexValues ?? [],
      };
    case "http-header": {
      const { HttpHeaderName = "", Values = [], RegexValues = [] } = condition.HttpHeaderConfig ?? {};
      return { field: "http-header", name: HttpHeaderName, values: Values, regexValues: RegexValues };
    }
    case "http-request-method":
      return { field: "http-request-method", values: condition.HttpRequestMethodConfig?.Values ?? [] };
    case "query-string": {
      const pairs = condition.QueryStringConfig?.Values ?? [];
      return {
        field: "query-string",
        values: pairs.map(({ Key, Value = "" }) => (Key === undefined ? { value: Value } : { key: Key, value: Value })),
      };
    }
    case "source-ip":
      return { field: "source-ip", values: condition.SourceIpConfig?.Values ?? [] };
    default:
      throw unknownField(condition.Field);
  }
}

/** The transforms as the API stores and answers them: at most one of each type, one rewrite each. */
export function acceptTransforms(transforms: readonly RuleTransform[] | undefined): RuleTransform[] {
  const accepted = [...(transforms ?? [])];
  if (new Set(accepted.map(({ Type }) => Type)).size < accepted.length)
    throw validationError("A rule can have at most one transform of each type");
  for (const { regex } of routingTransforms(accepted)) acceptRegex(regex);
  return accepted;
}

export function routingTransforms(transforms: readonly RuleTransform[]): Transform[] {
  return transforms.flatMap(({ Type, HostHeaderRewriteConfig, UrlRewriteConfig }): Transform[] => {
    const isUrl = Type === "url-rewrite";
    const rewrites = (isUrl ? UrlRewriteConfig : HostHeaderRewriteConfig)?.Rewrites ?? [];
    return rewrites.map(({ Regex = "", Replace = "" }) => ({ part: isUrl ? "url" : "host", regex: Regex, replace: Replace }));
  });
}

function acceptCondition(condition: RuleCondition): RuleCondition {
  const { Field, Values, RegexValues } = condition;
  switch (Field) {
    case "host-header": {
      const config = condition.HostHeaderConfig ?? { Values, RegexValues };
      acceptPatterns(Field, config, 128);
      return { Field, ...(config.Values === undefined ? {} : { Values: config.Values }), HostHeaderConfig: config };
    }
    case "path-pattern": {
      const config = condition.PathPatternConfig ?? { Values, RegexValues };
      acceptPatterns(Field, config, 128);
      return { Field, ...(config.Values === undefined ? {} : { Values: config.Values }), PathPatternConfig: config };
    }
    case "http-header": {
      const config = condition.HttpHeaderConfig;
      if (config?.HttpHeaderName === undefined || !/^[!#$%&'*+.^_`|~0-9a-z-]{1,40}$/i.test(config.HttpHeaderName)) {
        throw validationError("An 'http-header' condition needs a valid header name of at most 40 characters");
      }
      acceptPatterns(Field, config, 128);
      return { Field, HttpHeaderConfig: config };
    }
    case "http-request-method": {
      const config = condition.HttpRequestMethodConfig;
      acceptPatterns(Field, { Values: config?.Values }, 40);
      const wrong = config?.Values?.find((method) => !/^[A-Z_-]+$/.test(method));
      if (wrong !== undefined) throw validationError(`'${wrong}' is not a valid HTTP method: only A-Z, hyphen and underscore are allowed`);
      return { Field, HttpRequestMethodConfig: config };
    }
    case "query-string": {
      const config = condition.QueryStringConfig;
      acceptPatterns(Field, { Values: config?.Values?.map(({ Value = "" }) => Value) }, 128);
      return { Field, QueryStringConfig: config };
    }
    case "source-ip": {
      const config = condition.SourceIpConfig;
      acceptPatterns(Field, { Values: config?.Values }, 43);
      const wrong = config?.Values?.find((block) => !isCidr(block));
      if (wrong !== undefined) throw validationError(`The source IP '${wrong}' is not a valid CIDR block`);
      return { Field, SourceIpConfig: config };
    }
    default:
      throw unknownField(Field);
  }
}

function acceptPatterns(
  field: string,
  { Values = [], RegexValues = [] }: { readonly Values?: string[] | undefined; readonly RegexValues?: string[] | undefined },
  longest: number,
): void {
  if (Values.length === 0 && RegexValues.length === 0) throw validationError("A condition value must be specified");
  if (Values.length > 0 && RegexValues.length > 0)
    throw validationError(`A '${field}' condition takes either values or regular expressions`);
  const tooLong = [...Values, ...RegexValues].find((value) => value.length > longest);
  if (tooLong !== undefined) throw validationError(`The value '${tooLong}' of a '${field}' condition is longer than ${longest} characters`);
  for (const expression of RegexValues) acceptRegex(expression);
}

function acceptRegex(expression: string): void {
  try {
    new RegExp(expression);
  } catch {
    throw validationError(`The regular expression '${expression}' is not valid`);
  }
}

function valuesOf(condition: Condition): string[] {
  if (condition.field === "query-string") return condition.values.map(({ key, value }) => (key === undefined ? value : `${key}=${value}`));
  return "regexValues" in condition
    ? [...condition.values, ...condition.regexValues.map((value) => value.replace(/[*?]/g, ""))]
    : [...condition.values];
}

function isCidr(block: string): boolean {
  const [address = "", bits = "", ...rest] = block.split("/");
  return rest.length === 0 && isIPv4(address) && /^\d{1,2}$/.test(bits) && Number(bits) <= 32;
}

function unknownField(field: string | undefined): Error {
  return validationError(
    `Condition field '${field}' must be one of '[path-pattern, host-header, http-header, http-request-method, query-string, source-ip]'`,
  );
}
