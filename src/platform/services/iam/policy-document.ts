/** Checks a policy's grammar as IAM does when it is stored. What the policy allows is not evaluated. */
import { isObject, type JsonObject, parseJsonObject } from "../../../kit/json.ts";
import { malformedPolicy } from "./faults.ts";

const STATEMENT_KEYS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
] as const;

/** `trust`: a role's trust policy, which names principals and no resources; `identity`: the other way round. */
export function checkPolicyDocument(document: string, kind: "trust" | "identity"): void {
  const policy = parse(document);
  const { Version, Statement } = policy;
  if (Version !== undefined && Version !== "2012-10-17" && Version !== "2008-10-17") {
    throw malformedPolicy("The policy must contain a valid version string");
  }
  const unknown = Object.keys(policy).find((key) => !["Version", "Id", "Statement"].includes(key));
  if (unknown !== undefined) throw malformedPolicy("Syntax errors in policy.");
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  if (Statement === undefined || statements.length === 0) throw malformedPolicy("Syntax errors in policy.");
  for (const statement of statements) checkStatement(statement, kind);
  const sids = statements.map((statement) => (statement as JsonObject).Sid).filter((sid) => sid !== undefined);
  if (new Set(sids).size < sids.length) throw malformedPolicy("Statement IDs (SID) in a single policy must be unique.");
}

function parse(document: string): JsonObject {
  const value = parseJsonObject(document);
  if (value === undefined) throw malformedPolicy("This policy contains invalid Json");
  return value;
}

function checkStatement(statement: unknown, kind: "trust" | "identity"): void {
  if (!isObject(statement)) throw malformedPolicy("Syntax errors in policy.");
  for (const key of Object.keys(statement)) {
    if (!(STATEMENT_KEYS as readonly string[]).includes(key)) throw malformedPolicy("Syntax errors in policy.");
  }
  if (statement.Effect !== "Allow" && statement.Effect !== "Deny") throw malformedPolicy("Syntax errors in policy.");
  if (statement.Condition !== undefined && !isObject(statement.Condition)) throw malformedPolicy("Syntax errors in policy.");
  const actions = textsOf(statement.Action ?? statement.NotAction);
  if (actions === undefined || actions.length === 0) throw malformedPolicy("Policy statement must contain actions.");
  const bare = actions.find((action) => action !== "*" && !/^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(action));
  if (bare !== undefined) throw malformedPolicy("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
  if (kind === "trust") checkTrust(statement);
  else checkIdentity(statement);
}

function checkTrust(statement: JsonObject): void {
  if (statement.Resource !== undefined || statement.NotResource !== undefined) throw malformedPolicy("Has prohibited field Resource");
  const principal = statement.Principal ?? statement.NotPrincipal;
  if (principal === undefined) throw malformedPolicy("Missing required field Principal");
  const groups = isObject(principal) ? Object.entries(principal) : principal === "*" ? [] : undefined;
  if (groups === undefined) throw malformedPolicy("Syntax errors in policy.");
  for (const [group, names] of groups) {
    if (!["AWS", "Service", "Federated", "CanonicalUser"].includes(group) || textsOf(names) === undefined) {
      throw malformedPolicy("Invalid principal in policy");
    }
  }
}

function checkIdentity(statement: JsonObject): void {
  if (statement.Principal !== undefined || statement.NotPrincipal !== undefined) {
    throw malformedPolicy("Policy document should not specify a principal.");
  }
  const resources = textsOf(statement.Resource ?? statement.NotResource);
  if (resources === undefined || resources.length === 0) throw malformedPolicy("Policy statement must contain resources.");
  const bad = resources.find((resource) => resource !== "*" && !/^(arn:|\*|\$\{)/.test(resource));
  if (bad !== undefined) {
    throw malformedPolicy(`Resource ${bad} must be in ARN format or "*".`);
  }
}

/** One text or a list of texts; undefined when it is neither. */
function textsOf(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.every((item) => typeof item === "string") ? list : undefined;
}

/** IAM answers documents percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
