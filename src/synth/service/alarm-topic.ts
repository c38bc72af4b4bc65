/** Where a service or job says that something is wrong. */
import { environmentValue, packTopic } from "../names.ts";
import type { Value } from "../template.ts";
import { clusterName, type ServiceContext } from "./context.ts";

/** The topic that the environment names for the pack, the one that its stack made for it, or the one for everyone else. */
export function alarmTopic({ definition, environment, template }: ServiceContext): Value | undefined {
  const { pack } = definition.metadata;
  const given = (name: string): string | undefined =>
    Object.hasOwn(environment.alarmTopics, name) ? environment.alarmTopics[name] : undefined;
  const named = pack === undefined ? undefined : given(pack);
  if (named !== undefined) return template.text(named);
  if (pack !== undefined && environment.packs.includes(pack)) {
    return template.parameter("AlarmTopicArn", {
      Type: "AWS::SSM::Parameter::Value<String>",
      Description: `Where alarms of ${pack} go.`,
      Default: environmentValue(environment.name, packTopic(pack)),
    });
  }
  const usual = given("default");
  return usual === undefined ? undefined : template.text(usual);
}

/** What an alarm does with the topic. */
export function alarmActions(context: ServiceContext): { AlarmActions?: Value; OKActions?: Value } {
  const topic = alarmTopic(context);
  return topic === undefined ? {} : { AlarmActions: [topic], OKActions: [topic] };
}

/** ECS tells of deployments that failed by events only; those of this service go to its topic. */
export function deploymentFailures(context: ServiceContext): void {
  const topic = alarmTopic(context);
  if (topic === undefined || isElsewhere(topic, context)) return;
  const { name, environment, template } = context;
  clusterName(context);
  template.resource("DeploymentFailureRule", {
    Type: "AWS::Events::Rule",
    Properties: {
      Description: `Failed deployments of ${name} in ${environment.name}`,
      EventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change"],
        // Literal, not the service's attribute: its very first deployment may fail, and then there is no service.
        resources: [{ "Fn::Sub": `arn:\${AWS::Partition}:ecs:\${AWS::Region}:\${AWS::AccountId}:service/\${ClusterName}/${name}` }],
        detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
      },
      Targets: [{ Id: "topic", Arn: topic }],
    },
  });
}

/** A rule reaches topics of its own account and region only. */
function isElsewhere(topic: Value, { environment }: ServiceContext): boolean {
  if (typeof topic !== "string") return false;
  const [, , , region, account] = topic.split(":");
  const differs = (named: string | undefined, own: string | undefined): boolean => own !== undefined && named !== own;
  return differs(region, environment.region) || differs(account, environment.account);
}
