/** Dependencies: which fields go with which type, and what `local` has. */
import type { ResolvedEnvironment, ResolvedService } from "../resolved.ts";
import { managedSettings } from "../schema/managed.ts";
import { hasMark } from "../text.ts";
import type { Rules } from "./rules.ts";

const addressed = new Set(["aws_msk_cluster", "aws_rds_instance", "aws_elasticache", "aws_efs_file_system"]);
/** What a stack can create, and as what. */
const manageable = new Map([
  ["aws_dynamodb_table", "AWS::DynamoDB::Table"],
  ["aws_s3_bucket", "AWS::S3::Bucket"],
  ["aws_sqs_queue", "AWS::SQS::Queue"],
  ["aws_sns_topic", "AWS::SNS::Topic"],
]);
/** What the local platform itself answers for. */
const onLocal = new Set(["service", "aws_secretsmanager_secret", "aws_sns_topic", "aws_sqs_queue", "aws_ssm_parameter"]);

export function checkDependencies(
  { dependencies, name: own }: Pick<ResolvedService, "dependencies" | "name">,
  environment: ResolvedEnvironment,
  rules: Rules,
): void {
  const prefixes = new Map<string, number>();
  dependencies.forEach((dependency, index) => {
    const { type, name } = dependency;
    const path = `dependencies[${index}]`;
    if (!rules.sound(path)) return;
    const reject = (field: string, why: string): void => {
      if (rules.given(`${path}.${field}`)) rules.report("FSD1111", `${path}.${field}`, `${field} has no meaning for ${type}`, why);
    };
    if (type !== "aws_msk_cluster") for (const field of ["topics", "groups"]) reject(field, "only MSK clusters have topics and groups");
    if (type === "service" || type === "aws_rds_instance" || type === "aws_elasticache" || type === "aws_efs_file_system") {
      for (const field of ["access", "permissions"]) reject(field, "it is reached over the network, not by permissions");
    }
    if (!addressed.has(type) && type !== "service")
      for (const field of ["port", "securityGroup", "manageIngress"]) reject(field, "it is not reached over the network");
    if (!manageable.has(type)) reject("managed", `fsd creates ${[...manageable.keys()].join(", ")}`);
    const settings = managedSettings[type] ?? [];
    for (const setting of Object.keys(dependency.managed ?? {})) {
      if (manageable.has(type) && !settings.includes(setting))
        rules.report(
          "FSD1111",
          `${path}.managed.${setting}`,
          `${setting} has no meaning for ${type}`,
          settings.length === 0 ? "write managed: true" : `it has ${settings.join(", ")}`,
        );
    }
    if (dependency.manageIngress && dependency.securityGroup === undefined)
      rules.report("FSD1112", `${path}.manageIngress`, "manageIngress needs the securityGroup to open", "add securityGroup: sg-…");
    if (hasMark(name))
      rules.report(
        "FSD1304",
        `${path}.name`,
        "a name cannot hold what only the stack knows",
        "use ${ENV} or a plain text, and arn for the rest",
      );
    if (type === "service" && name === own) rules.report("FSD1704", `${path}.name`, `${name} cannot wait for itself`, "remove it");
    const key = `${type} ${name} ${dependency.as ?? ""}`;
    if (prefixes.has(key)) rules.report("FSD1606", `${path}.name`, `${name} stands under dependencies twice`, "remove one of them");
    prefixes.set(key, index);
    if (
      environment.local &&
      !onLocal.has(type) &&
      environment.standIns.dependencies[name] === undefined &&
      !(addressed.has(type) && dependency.endpoint !== undefined)
    ) {
      rules.report(
        "FSD1807",
        [`${path}.type`, path],
        `${name} (${dependency.managed === undefined ? type : `${type}, ${manageable.get(type) ?? type}`}) is not there on local`,
        `give a stand-in: a document with metadata: {name: local} and environment: {local: {dependencies: {${name}: "host.fsd.internal:PORT"}}}`,
      );
    }
  });
}
