import type { Change } from "@aws-sdk/client-cloudformation";
import { expect, it } from "vitest";
import { lossesOf, lossText, replacedResources } from "./losses.ts";

const change = (LogicalResourceId: string, ResourceType: string, more: Change["ResourceChange"]): Change => ({
  Type: "Resource",
  ResourceChange: { Action: "Modify", LogicalResourceId, ResourceType, ...more },
});

const changes: readonly Change[] = [
  change("TaskDefinition", "AWS::ECS::TaskDefinition", { Replacement: "True" }),
  change("Table", "AWS::DynamoDB::Table", { Replacement: "True", PolicyAction: "ReplaceAndRetain" }),
  change("LoadBalancer", "AWS::ElasticLoadBalancingV2::LoadBalancer", { Replacement: "Conditional" }),
  change("Queue", "AWS::SQS::Queue", { Replacement: "False" }),
  change("LogGroup", "AWS::Logs::LogGroup", { Action: "Remove", PolicyAction: "Retain" }),
  change("Record", "AWS::Route53::RecordSet", { Action: "Remove" }),
  change("Topic", "AWS::SNS::Topic", { Action: "Add" }),
];

it("names what a change set replaces, for certain or perhaps", () => {
  expect(replacedResources(changes)).toEqual([
    { action: "replace", logicalId: "TaskDefinition", resourceType: "AWS::ECS::TaskDefinition" },
    { action: "replace", logicalId: "Table", resourceType: "AWS::DynamoDB::Table" },
    { action: "may-replace", logicalId: "LoadBalancer", resourceType: "AWS::ElasticLoadBalancingV2::LoadBalancer" },
  ]);
});

it("calls a loss what holds data or answers others, unless it is retained", () => {
  expect(lossesOf(changes).map(lossText)).toEqual([
    "replaces Table (AWS::DynamoDB::Table), and with it its items",
    "may replace LoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer), and with it its address",
    "deletes Record (AWS::Route53::RecordSet), and with it the name it answers",
  ]);
});
