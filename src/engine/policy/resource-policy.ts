/**
 * Whether a policy lets an AWS service act: the part of IAM's evaluation that decides whether an event, an alarm or a
 * notification arrives, and whether a role may be assumed. Deny wins over Allow, and what nothing allows is denied.
 * Source: IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements".
 */
import { isObject, type Json, type JsonObject } from "../../kit/json.ts";
import { matchesWildcard } from "../balancing/wildcard.ts";

export interface Access {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sqs:SendMessage` */
  readonly action: string;
  /** Absent for a role's trust policy, which names no resources: it is the role's. */
  readonly resource?: string;
  /** Condition keys and their values; names in any case. */
  readonly context: Readonly<Record<string, string>>;
}

/** `policy`: the document as JSON text; a text that is no policy allows nothing. */
export function policyAllows(policy: string | undefined, access: Access): boolean {
  return statementsAllow(statementsOf(policy), access);
}

export function statementsAllow(statements: readonly JsonObject[], access: Access): boolean {
  const applying = statements.filter((statement) => applies(statement, access));
  return applying.some(({ Effect }) => Effect === "Allow") && !applying.some(({ Effect }) => Effect === "Deny");
}

/** None, if the text is no policy; what is no object among them is left out. */
export function statementsOf(policy: string | undefined): readonly JsonObject[] {
  let document: unknown;
  try {
    document = JSON.parse(policy ?? "");
  } catch {
    return [];
  }
  return isObject(document) ? listOf(document.Statement).filter(isObject) : [];
}

function applies(statement: JsonObject, access: Access): boolean {
  return (
    principalMatches(statement, access) &&
    matches(statement, "Action", "NotAction", (pattern) => matchesWildcard(pattern.toLowerCase(), access.action.toLowerCase())) &&
    resourceMatches(statement, access.resource) &&
    conditionsHold(statement.Condition, access.context)
  );
}

/** `"*"` and `{"AWS": "*"}` mean everybody, services too. */
function principalMatches({ Principal, NotPrincipal }: JsonObject, { service }: Access): boolean {
  const names = (principal: Json | undefined): boolean => {
    if (!isObject(principal)) return principal === "*";
    return listOf(principal.Service).includes(service) || listOf(principal.Service).includes("*") || listOf(principal.AWS).includes("*");
  };
  return NotPrincipal === undefined ? names(Principal) : !names(NotPrincipal);
}

function matches(statement: JsonObject, name: string, inverse: string, test: (pattern: string) => boolean): boolean {
  const patterns = (value: Json | undefined): string[] => listOf(value).filter((each) => typeof each === "string");
  if (statement[inverse] !== undefined) return !patterns(statement[inverse]).some(test);
  return patterns(statement[name]).some(test);
}

function resourceMatches(statement: JsonObject, resource: string | undefined): boolean {
  return resource === undefined || matches(statement, "Resource", "NotResource", (pattern) => matchesWildcard(pattern, resource));
}

type Comparison = (value: string, wanted: string) => boolean;

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (value, wanted) => value === wanted,
  StringEqualsIgnoreCase: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  StringLike: (value, wanted) => matchesWildcard(wanted, value),
  ArnEquals: (value, wanted) => matchesWildcard(wanted, value),
  ArnLike: (value, wanted) => matchesWildcard(wanted, value),
  Bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
};

function conditionsHold(condition: Json | undefined, context: Readonly<Record<string, string>>): boolean {
  if (condition === undefined) return true;
  if (!isObject(condition)) return false;
  const known = new Map(Object.entries(context).map(([key, value]) => [key.toLowerCase(), value]));
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(isObject(keys) ? keys : {}).every(([key, wanted]) =>
      holds(operator, known.get(key.toLowerCase()), listOf(wanted).map(String)),
    ),
  );
}

/** A key that the request does not have fails the condition, unless the operator is negated, asks all values or ends in `IfExists`. */
function holds(operator: string, value: string | undefined, wanted: readonly string[]): boolean {
  const name = operator.replace(/^(ForAnyValue|ForAllValues):/, "").replace(/IfExists$/, "");
  if (name === "Null") return wanted.includes(String(value === undefined));
  if (value === undefined) return operator.endsWith("IfExists") || operator.startsWith("ForAllValues:") || name.includes("Not");
  const compare = comparisons[name.replace("Not", "")];
  if (compare === undefined) return false;
  const found = wanted.some((each) => compare(value, each));
  return name.includes("Not") ? !found : found;
}

function listOf(value: Json | undefined): readonly Json[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];
}
