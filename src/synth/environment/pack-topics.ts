/**
 * One topic for each pack that the environment names: alarms of the pack's services go there, and their failed
 * deployments. One key of the environment's own encrypts them all, because neither CloudWatch nor EventBridge may use the
 * key that SNS has by itself.
 */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { packTopic } from "../names.ts";
import { tagList } from "../tags.ts";
import { getAtt, logicalNames, ref, sub, type TemplateBuilder, type Value } from "../template.ts";

/** Answers with the topics' ARNs, by the name they are written to Parameter Store under. */
export function packTopics(environment: ResolvedEnvironment, template: TemplateBuilder): Readonly<Record<string, Value>> {
  const packs = [...new Set(environment.packs)];
  if (packs.length === 0) return {};
  key(environment, template);
  const values: Record<string, Value> = {};
  const names = logicalNames(packs);
  for (const pack of packs) {
    const logical = `Pack${names.get(pack)}Topic`;
    values[packTopic(pack)] = template.resource(logical, {
      Type: "AWS::SNS::Topic",
      Properties: {
        DisplayName: `${pack} in ${environment.name}`.slice(0, 100),
        KmsMasterKeyId: getAtt("AlarmKey", "Arn"),
        Tags: tagList({ ...environment.tags, "fsd:pack": pack }),
      },
    });
    template.resource(`${logical}Policy`, {
      Type: "AWS::SNS::TopicPolicy",
      Properties: { Topics: [ref(logical)], PolicyDocument: topicPolicy(ref(logical)) },
    });
  }
  return values;
}

function topicPolicy(topic: Value): Value {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "TakeAlarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic,
        // Any alarm of this account: the services' stacks, which make them, come later.
        Condition: { ArnLike: { "aws:SourceArn": sub("arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*") } },
      },
      {
        // As EventBridge's guide has it: rules publish only to topics of their own account, and name no source.
        Sid: "TakeEvents",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topic,
      },
      {
        Sid: "RefusePlainHttp",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topic,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}

function key({ name, tags }: ResolvedEnvironment, template: TemplateBuilder): void {
  template.resource("AlarmKey", {
    Type: "AWS::KMS::Key",
    Properties: {
      Description: `Alarm topics of ${name}`,
      EnableKeyRotation: true,
      KeyPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            // In a key's policy `*` is the key itself; without this no one could administer it (KMS guide, "Default key policy").
            Sid: "Administer",
            Effect: "Allow",
            Principal: { AWS: sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root") },
            Action: "kms:*",
            Resource: "*",
          },
          {
            // On this key alone, as above: what publishes to an encrypted topic needs both.
            Sid: "Publish",
            Effect: "Allow",
            Principal: { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] },
            Action: ["kms:Decrypt", "kms:GenerateDataKey"],
            Resource: "*",
          },
        ],
      },
      Tags: tagList(tags),
    },
  });
}
