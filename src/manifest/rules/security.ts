/** Secrets in clear, permissions on everything, ARNs that point elsewhere. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { secretOf } from "../secrets.ts";
import { hasMark, readable } from "../text.ts";
import { type MapNode, type Node, nodeAt } from "../tree.ts";
import { collects } from "./collector.ts";
import type { Rules } from "./rules.ts";

const secretName = /(^|_)(PASSWORD|PASSWD|PWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?|CONNECTION_STRING)($|_)/i;
const secretValue =
  /(:\/\/[^/\s:@]+:[^/\s:@]+@)|(-----BEGIN [A-Z ]*PRIVATE KEY)|(\bAKIA[0-9A-Z]{16}\b)|(\bgh[pousr]_[A-Za-z0-9]{30,})|(\bsk-[A-Za-z0-9]{20,})/;
/** Names that end like a secret but say where or how long one is. */
const harmless =
  /(_(URL|ARN|NAME|ID|PATH|FILE|TTL|EXPIRY|EXPIRATION|LENGTH|LIMIT|COUNT|HEADER|TYPE|ALGORITHM|BUCKET|TABLE|REGION|ENABLED|TIMEOUT|SECONDS|MINUTES))$/i;

export function checkSecrets({ service }: ResolvedService, tree: MapNode, rules: Rules): void {
  for (const [name, value] of Object.entries(service.environment)) {
    const path = `service.environment.${name}`;
    if (!rules.given(path)) continue;
    if (
      secretValue.test(value) ||
      (secretName.test(name) && !harmless.test(name) && value.length > 3 && !/^(true|false|\d+)$/.test(value) && !hasMark(value))
    ) {
      rules.report("FSD1601", path, `${name} looks like a secret in clear`, "move it to secrets");
    }
    if (/\$\{secrets:/.test(readable(value)))
      rules.report(
        "FSD1304",
        path,
        "a secret can only be the whole value, because it is not known before the task starts",
        `write ${name}: \${secrets:name:key} and put the parts together in the program`,
      );
  }
  const seen = new Map<string, string>();
  const list = nodeAt(tree, "service.secrets");
  if (list?.kind === "list") {
    list.items.forEach((item, index) => {
      const name = textOf(nodeAt(item, "name"));
      const valueFrom = textOf(nodeAt(item, "valueFrom"));
      const path = `service.secrets[${index}]`;
      if (
        valueFrom !== undefined &&
        secretOf("X", valueFrom) === undefined &&
        arnFault(valueFrom) === undefined &&
        rules.sound(`${path}.valueFrom`)
      ) {
        rules.report(
          "FSD1605",
          `${path}.valueFrom`,
          `${JSON.stringify(readable(valueFrom))} names no secret`,
          "write an ARN, secretsmanager:name[:json-key[:stage]] or ssm:/name",
        );
      }
      if (name === undefined) return;
      if (seen.has(name)) rules.report("FSD1606", `${path}.name`, `${name} stands under secrets twice`, "remove one of them");
      seen.set(name, path);
    });
  }
  for (const name of Object.keys(service.environment)) {
    const path = seen.get(name);
    if (path !== undefined)
      rules.report("FSD1606", `${path}.name`, `${name} is both a secret and an environment variable`, "remove one of them");
  }
}

function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

export function checkPermissions({ iam, dependencies }: Pick<ResolvedService, "iam" | "dependencies">, rules: Rules): void {
  iam.policyStatements.forEach(({ effect, actions, resources }, index) => {
    if (effect !== "Allow") return;
    const path = `iam.policyStatements[${index}]`;
    const wide = actions.find((action) => action === "*" || action.endsWith(":*"));
    if (wide !== undefined)
      rules.report("FSD1602", `${path}.actions`, `the action ${wide} allows more than a service needs`, "name the actions");
    else if (resources.includes("*"))
      rules.report("FSD1602", `${path}.resources`, `${actions.join(", ")} on every resource`, "name the resources");
  });
  dependencies.forEach(({ permissions }, index) => {
    const wide = permissions?.find((action) => action.endsWith("*"));
    if (wide !== undefined)
      rules.report(
        "FSD1602",
        `dependencies[${index}].permissions`,
        `the action ${wide} allows more than a service needs`,
        "name the actions",
      );
  });
}

const byPermission = new Set([
  "aws_dynamodb_table",
  "aws_msk_cluster",
  "aws_s3_bucket",
  "aws_secretsmanager_secret",
  "aws_sns_topic",
  "aws_sqs_queue",
  "aws_ssm_parameter",
]);

/** A role that the manifest names is somebody else's: what the rest of the manifest would have it allow is not added to it. */
export function checkGivenRoles({ service, iam, dependencies }: ResolvedService, { local }: ResolvedEnvironment, rules: Rules): void {
  const used = dependencies.filter(({ type }) => byPermission.has(type)).map(({ name }) => readable(name));
  const wanted: readonly (readonly [role: "taskRoleArn" | "executionRoleArn", parts: readonly string[]])[] = [
    [
      "taskRoleArn",
      [
        ...used,
        ...(iam.policyStatements.length > 0 ? ["policyStatements"] : []),
        ...(iam.managedPolicies.length > 0 ? ["managedPolicies"] : []),
        ...(service.exec ? ["exec"] : []),
        ...(collects(service) ? ["the collector"] : []),
      ],
    ],
    ["executionRoleArn", service.secrets.length > 0 ? ["secrets"] : []],
  ];
  for (const [role, parts] of wanted) {
    const path = `iam.${role}`;
    if (iam[role] === undefined || !rules.sound(path)) continue;
    if (local) {
      rules.report("FSD1814", path, "this role is not on this machine: one that fsd makes stands in for it");
      continue;
    }
    if (parts.length === 0 || !rules.sound("dependencies")) continue;
    rules.report(
      "FSD1608",
      path,
      `this role is used as it is: nothing is added to it for ${parts.join(", ")}`,
      `see that it allows what they need, or remove ${role}`,
    );
  }
}

/** What is wrong with a text that would be an ARN. */
function arnFault(text: string): string | undefined {
  if (!text.startsWith("arn:")) return undefined;
  const parts = text.split(":");
  return parts.length < 6 || parts[2] === "" || parts.slice(5).join(":") === "" ? `${JSON.stringify(text)} is not an ARN` : undefined;
}

/** Walks the whole document: an ARN is where it points, whatever field it stands in. */
export function checkArns(tree: MapNode, environment: ResolvedEnvironment, rules: Rules): void {
  const { account, region, local } = environment;
  const walk = (node: Node, path: string): void => {
    if (node.kind === "map") for (const [key, entry] of node.entries) walk(entry.value, path === "" ? key : `${path}.${key}`);
    else if (node.kind === "list")
      node.items.forEach((item, index) => {
        walk(item, `${path}[${index}]`);
      });
    else if (typeof node.value === "string" && node.value.startsWith("arn:")) check(node.value, path);
  };
  const check = (arn: string, path: string): void => {
    if (hasMark(arn) || !rules.sound(path)) return;
    const fault = arnFault(arn);
    if (fault !== undefined) {
      rules.report("FSD1603", path, fault, "write arn:aws:service:region:account:resource");
      return;
    }
    const parts = arn.split(":");
    const [, , , arnRegion, arnAccount] = parts as [string, string, string, string, string];
    // Policies, sharing and topics may lawfully point to another account; what a task reads or runs as may not.
    if (
      path.startsWith("iam.policyStatements") ||
      path.startsWith("iam.managedPolicies") ||
      // Told by FSD1814.
      (local && (path === "iam.taskRoleArn" || path === "iam.executionRoleArn")) ||
      path.startsWith("overrides") ||
      path.startsWith("environment.alarmTopics")
    )
      return;
    const foreignAccount = account !== undefined && /^\d{12}$/.test(arnAccount) && arnAccount !== account;
    const foreignRegion = region !== undefined && arnRegion !== "" && arnRegion !== "*" && arnRegion !== region;
    if (!foreignAccount && !foreignRegion) return;
    const what = foreignAccount ? `account ${arnAccount}` : `region ${arnRegion}`;
    const own = foreignAccount ? account : region;
    if (local) rules.report("FSD1607", path, `this ARN is of ${what}; on local it is taken as its own`);
    else
      rules.report(
        "FSD1604",
        path,
        `this ARN is of ${what}, the environment ${environment.name} is in ${own}`,
        `use \${${foreignAccount ? "ACCOUNT" : "REGION"}}, or put it into environments.${environment.name}`,
      );
  };
  walk(tree, "");
}
