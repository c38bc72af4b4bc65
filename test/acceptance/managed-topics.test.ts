import { ECS } from "@aws-sdk/client-ecs";
import { SNS } from "@aws-sdk/client-sns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { World } from "../support/world.ts";

describe("a service whose stack creates its topics, on local", () => {
  const world = new World();
  let client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  beforeAll(async () => {
    const { endpoint } = await world.up();
    client = { endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } };
  });
  afterAll(() => world.end());

  it("has them, refusing plain HTTP, the one in order a FIFO topic, and its program is told where they are", async () => {
    const topics = `dependencies:
  - {type: aws_sns_topic, name: "\${ENV}-events", access: write, managed: true}
  - {type: aws_sns_topic, name: "\${ENV}-changes.fifo", access: write, managed: true}
`;
    const folder = world.write("publisher", serviceFiles("publisher", { version: "1" }, topics));
    const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--override", "resources.desiredCount=1");
    expect(outcome).toExitWith(0);

    const sns = new SNS(client);
    const ecs = new ECS(client);
    try {
      const arn = (name: string): string => `arn:aws:sns:us-east-1:000000000000:${name}`;
      const fifo = (await sns.getTopicAttributes({ TopicArn: arn("local-changes.fifo") })).Attributes;
      expect(fifo).toMatchObject({ FifoTopic: "true", Policy: expect.stringContaining("aws:SecureTransport") });
      const plain = (await sns.getTopicAttributes({ TopicArn: arn("local-events") })).Attributes;
      expect(plain).toMatchObject({ KmsMasterKeyId: "alias/aws/sns", Policy: expect.stringContaining("aws:SecureTransport") });

      const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: "fsd-local-publisher" });
      expect(taskDefinition?.containerDefinitions?.[0]?.environment).toEqual(
        expect.arrayContaining([
          { name: "EVENTS_TOPIC_ARN", value: arn("local-events") },
          { name: "CHANGES_FIFO_TOPIC_ARN", value: arn("local-changes.fifo") },
        ]),
      );
    } finally {
      sns.destroy();
      ecs.destroy();
    }
  });
});
