import { describe, expect, it } from "vitest";
import { plannedChanges, plannedText, type Release, withReplacements } from "./planned-changes.ts";

const live: Release = {
  template: { Resources: { Role: { Type: "AWS::IAM::Role" }, Task: { Type: "AWS::ECS::TaskDefinition", Properties: { Cpu: "256" } } } },
  parameters: { ImageUri: "items@sha256:1", DesiredCount: "2" },
};

describe("what a deployment will change", () => {
  it("is named by resource and value, and told in a line", () => {
    const planned = plannedChanges(live, {
      template: {
        Resources: {
          Task: { Type: "AWS::ECS::TaskDefinition", Properties: { Cpu: "512" } },
          Alarm: { Type: "AWS::CloudWatch::Alarm" },
        },
      },
      parameters: { ImageUri: "items@sha256:2", DesiredCount: "", Kept: undefined },
    });
    expect(planned).toEqual({
      action: "update",
      resources: [
        { action: "change", logicalId: "Task", resourceType: "AWS::ECS::TaskDefinition" },
        { action: "add", logicalId: "Alarm", resourceType: "AWS::CloudWatch::Alarm" },
        { action: "remove", logicalId: "Role", resourceType: "AWS::IAM::Role" },
      ],
      values: [{ name: "ImageUri", from: "items@sha256:1", to: "items@sha256:2" }],
    });
    expect(plannedText("fsd-prod-items", planned)).toBe(
      "updates fsd-prod-items: add Alarm; change Task; remove Role; ImageUri items@sha256:1 → items@sha256:2",
    );
  });

  it("is told as replaced where the change set says so, with losses that the template does not show", () => {
    const next = { Task: { Type: "AWS::ECS::TaskDefinition", Properties: { Cpu: "512" } }, Role: { Type: "AWS::IAM::Role" } };
    const changed = plannedChanges(live, { template: { Resources: next }, parameters: {} });
    const task = { action: "replace", logicalId: "Task", resourceType: "AWS::ECS::TaskDefinition" } as const;
    const queue = { action: "may-replace", logicalId: "Queue", resourceType: "AWS::SQS::Queue" } as const;
    const alarm = { action: "replace", logicalId: "Alarm", resourceType: "AWS::CloudWatch::Alarm" } as const;
    const planned = withReplacements(changed, [task, queue, alarm], [{ ...queue, what: "its messages" }]);
    expect(planned).toEqual({ action: "update", resources: [task, queue], values: [] });
    expect(plannedText("fsd-prod-items", planned)).toBe("updates fsd-prod-items: replace Task; may replace Queue");
    const still = plannedChanges(live, live);
    expect(withReplacements(still, [task], [])).toEqual(still);
    expect(withReplacements(still, [queue], [{ ...queue, what: "its messages" }])).toMatchObject({ action: "update", resources: [queue] });
  });

  it("is nothing where template and values are as they were", () => {
    const planned = plannedChanges(live, { ...live, parameters: { ...live.parameters, DesiredCount: "" } });
    expect(planned).toEqual({ action: "none", resources: [], values: [] });
    expect(plannedText("fsd-prod-items", planned)).toBe("deploys fsd-prod-items as it is");
    // CloudFormation sees no change in the order of keys, which another version of fsd may write in another way.
    const [was, will] = [
      { Type: "AWS::SQS::Queue", Properties: { QueueName: "mails", DelaySeconds: 1 } },
      { DelaySeconds: 1, QueueName: "mails" },
    ];
    const templates = [{ Resources: { Mails: was } }, { Resources: { Mails: { Properties: will, Type: was.Type } } }];
    const [before, after] = templates.map((template) => ({ template, parameters: {} }));
    expect(plannedChanges(before, after ?? live)).toMatchObject({ action: "none" });
  });

  it("is everything where nothing stands", () => {
    const planned = plannedChanges(undefined, live);
    expect(planned).toMatchObject({ action: "create", values: [{ name: "ImageUri", from: null, to: "items@sha256:1" }] });
    expect(plannedText("fsd-prod-items", planned)).toBe("creates fsd-prod-items with 2 resources; ImageUri items@sha256:1");
  });

  it("is not claimed to be known where what stands cannot be read", () => {
    const planned = plannedChanges("unknown", live);
    expect(planned).toMatchObject({ action: "update", resources: null });
    expect(plannedText("fsd-prod-items", planned)).toContain("it is not known what it holds now");
  });
});
