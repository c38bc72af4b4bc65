/** All rules about one service in one environment, in the order in which a person would look. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { longest, readable } from "../text.ts";
import type { MapNode } from "../tree.ts";
import { checkContainers } from "./containers.ts";
import { checkDependencies } from "./dependencies.ts";
import { checkDeployment } from "./deployment.ts";
import { checkDraining } from "./draining.ts";
import { checkHooksOnLocal } from "./local-hooks.ts";
import { checkImagesOnLocal } from "./local-images.ts";
import { checkHealth, checkNetwork } from "./network.ts";
import { checkObservability } from "./observability.ts";
import type { Rules } from "./rules.ts";
import { checkArns, checkGivenRoles, checkPermissions, checkSecrets } from "./security.ts";
import { checkShares } from "./shares.ts";
import { checkCapacity, checkCounts, checkScaling, checkSizes } from "./sizes.ts";
import { checkWayOut } from "./way-out.ts";

export function checkService(service: ResolvedService, tree: MapNode, environment: ResolvedEnvironment, rules: Rules): void {
  checkSizes(service, rules);
  checkCounts(service, rules);
  checkScaling(service, rules);
  checkCapacity(service, rules);
  checkHealth(service, rules);
  checkNetwork(service, environment, rules);
  checkDraining(service, environment, rules);
  checkWayOut(service, environment, rules);
  checkImagesOnLocal(service, environment, rules);
  checkHooksOnLocal(service, environment, rules);
  checkContainers(service, rules);
  checkShares(service, rules);
  checkDeployment(service, rules);
  checkObservability(service, environment, rules);
  checkDependencies(service, environment, rules);
  checkSecrets(service, tree, rules);
  checkPermissions(service, rules);
  checkGivenRoles(service, environment, rules);
  checkArns(tree, environment, rules);
  checkNames(service, rules);
}

/** Names that grow by a prefix: the log group (512) and the alarms (255) that a long name could push over. */
function checkNames({ name, env, service, dependencies }: ResolvedService, rules: Rules): void {
  const group = service.observability.logs.group;
  if (longest(group) > 512)
    rules.report(
      "FSD1901",
      "service.observability.logs.group",
      `the log group ${readable(group).slice(0, 40)}… has more than 512 characters`,
      "shorten it",
    );
  for (const alarm of Object.keys(service.observability.alarms)) {
    const full = `fsd-${env}-${name}-${alarm}`;
    if (full.length > 255)
      rules.report(
        "FSD1901",
        `service.observability.alarms.${alarm}`,
        `the alarm's name ${full.slice(0, 40)}… has ${full.length} characters, at most 255 are allowed`,
        "shorten it",
      );
  }
  dependencies.forEach(({ type, name: dependency, managed }, index) => {
    const most = managedNames[type];
    if (managed === undefined || most === undefined || !rules.sound(`dependencies[${index}]`)) return;
    const full =
      type === "aws_sqs_queue" && managed.deadLetter !== undefined
        ? `${dependency.replace(/\.fifo$/, "")}-dead${/\.fifo$/.exec(dependency) ?? ""}`
        : dependency;
    if (longest(full) > most.characters)
      rules.report(
        "FSD1901",
        `dependencies[${index}].name`,
        `the name ${readable(full).slice(0, 60)} has ${longest(full)} characters, at most ${most.characters} are allowed`,
        "shorten it",
      );
    else if (!most.form.test(readable(full).replaceAll(/\$\{[^}]*\}/g, "0")))
      rules.report(
        "FSD1106",
        `dependencies[${index}].name`,
        `${JSON.stringify(readable(full))} is not a ${most.noun}'s name`,
        `use ${most.hint}`,
      );
  });
}

interface NameForm {
  readonly noun: string;
  readonly characters: number;
  readonly form: RegExp;
  readonly hint: string;
}

/** How AWS lets the names of what a stack creates be written (each service's API reference). */
const managedNames: Readonly<Record<string, NameForm>> = {
  aws_sqs_queue: { noun: "queue", characters: 80, form: /^[\w-]+(\.fifo)?$/, hint: "letters, digits, hyphens and underscores" },
  aws_dynamodb_table: {
    noun: "table",
    characters: 255,
    form: /^[\w.-]{3,}$/,
    hint: "3 or more letters, digits, dots, hyphens and underscores",
  },
  aws_s3_bucket: {
    noun: "bucket",
    characters: 63,
    form: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    hint: "3 to 63 lower-case letters, digits, dots and hyphens",
  },
  aws_sns_topic: { noun: "topic", characters: 256, form: /^[\w-]+(\.fifo)?$/, hint: "letters, digits, hyphens and underscores" },
};
