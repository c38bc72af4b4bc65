import type { templateCodes } from "../codes/template.ts";
import { type CodeExample, service, withPort } from "./example-manifests.ts";

export const templateExamples: Readonly<Record<keyof typeof templateCodes, CodeExample>> = {
  FSD1901: {
    wrong: service("", `dependencies: [{type: aws_sqs_queue, name: ${"long-".repeat(16)}, managed: {deadLetter: {}}}]\n`),
    right: service("", "dependencies: [{type: aws_sqs_queue, name: short, managed: {deadLetter: {}}}]\n"),
  },
  FSD1902: {
    wrong: withPort("", "overrides: [{path: /Resources/TargetGrp/Properties/Port, value: 81}]\n"),
    right: withPort("", "overrides: [{path: /Resources/TargetGroup/Properties/Port, value: 81}]\n"),
  },
  FSD1904: {
    wrong: service("", "overrides: [{path: /Resources/Stream, value: {Type: 'AWS::Kinesis::Stream'}}]\n"),
    right: service("", "environments:\n  prod: {overrides: [{path: /Resources/Stream, value: {Type: 'AWS::Kinesis::Stream'}}]}\n"),
    environment: "local",
  },
};
