/** Names of parameters: hierarchies, ARNs, and the `:version` or `:label` a reader may add. */
import { formatArn, parseArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";

const MOST_LEVELS = 15;

/** Refuses names Parameter Store refuses. */
export function checkName(name: string): void {
  if (!/^[a-zA-Z0-9_.\-/]+$/.test(name)) {
    throw new AwsFault(
      "ValidationException",
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  const first = name.replace(/^\//, "").split("/")[0]?.toLowerCase() ?? "";
  if (first.startsWith("aws") || first.startsWith("ssm")) {
    if (name.startsWith("/") && first.startsWith("aws"))
      throw new AwsFault("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
    throw new AwsFault("ValidationException", `Parameter name: can't be prefixed with "${first.slice(0, 3)}" (case-insensitive).`);
  }
  if (name.includes("/") && !name.startsWith("/")) {
    throw new AwsFault("ValidationException", "Parameter name must be a fully qualified name.");
  }
  if (name.endsWith("/") || name.includes("//")) throw new AwsFault("ValidationException", `Parameter name: ${name} has an empty level.`);
}

function levelsOf(name: string): number {
  return name.split("/").filter((level) => level !== "").length;
}

export function isTooDeep(name: string): boolean {
  return levelsOf(name) > MOST_LEVELS;
}

export interface NamedParameter {
  readonly name: string;
  /** A version's number or a label, as the reader gave it. */
  readonly selector?: string;
}

/** Reads `name`, `name:3`, `name:label` or an ARN of these. */
export function readName(text: string): NamedParameter {
  const arn = parseArn(text);
  const plain = arn?.service === "ssm" ? arn.resource.replace(/^parameter/, "") : text;
  const colon = plain.indexOf(":");
  const name = colon < 0 ? plain : plain.slice(0, colon);
  // The ARN of a name without hierarchy has the same one slash as that of `/name`.
  const unrooted = arn !== undefined && levelsOf(name) === 1 ? name.slice(1) : name;
  return colon < 0 ? { name: unrooted } : { name: unrooted, selector: plain.slice(colon + 1) };
}

export function parameterArn(region: string, account: string, name: string): string {
  return formatArn("ssm", region, account, `parameter${name.startsWith("/") ? "" : "/"}${name}`);
}
