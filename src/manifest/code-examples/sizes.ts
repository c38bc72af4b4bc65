import type { sizesCodes } from "../codes/sizes.ts";
import { type CodeExample, service } from "./example-manifests.ts";

export const sizesExamples: Readonly<Record<keyof typeof sizesCodes, CodeExample>> = {
  FSD1201: {
    wrong: service("resources: {desiredCount: 5, maxCapacity: 3}"),
    right: service("resources: {desiredCount: 3, maxCapacity: 5}"),
  },
  FSD1203: { wrong: service("resources: {cpu: 512, memory: 3000}"), right: service("resources: {cpu: 512, memory: 3072}") },
  FSD1204: { wrong: service("singleton: true\nresources: {desiredCount: 2}"), right: service("singleton: true") },
  FSD1205: { wrong: service("resources: {memory: 2048}"), right: service("resources: {cpu: 1024, memory: 2048}") },
  FSD1207: {
    wrong: service("autoScaling: {targetCPUUtilization: 60}"),
    right: service("resources: {maxCapacity: 4}\nautoScaling: {targetCPUUtilization: 60}"),
  },
  FSD1208: {
    wrong: service("resources: {desiredCount: 0, minCapacity: 0, maxCapacity: 3}"),
    right: service("resources: {minCapacity: 1, maxCapacity: 3}"),
  },
  FSD1209: { wrong: service("capacity: [{provider: FARGATE, weight: 0}]"), right: service("capacity: [{provider: FARGATE, weight: 1}]") },
  FSD1210: {
    wrong: service("resources: {cpu: 256, memory: 512}\nsidecars: [{name: envoy, image: envoy, memory: 480}]"),
    right: service("resources: {cpu: 512, memory: 1024}\nsidecars: [{name: envoy, image: envoy, memory: 480}]"),
  },
  FSD1211: { wrong: service("image: acme/api:1.2-arm64"), right: service("image: acme/api:1.2-arm64\nresources: {architecture: arm64}") },
  FSD1212: {
    wrong: service("resources: {desiredCount: 2}\ncapacity: [{provider: FARGATE, base: 2}, {provider: FARGATE_SPOT, weight: 3}]"),
    right: service("resources: {desiredCount: 4}\ncapacity: [{provider: FARGATE, base: 2}, {provider: FARGATE_SPOT, weight: 3}]"),
  },
  FSD1213: {
    wrong: service("resources: {maxCapacity: 5}\nautoScaling: {queue: {name: jobs, depth: 100}}"),
    right: service(
      "resources: {maxCapacity: 5}\nautoScaling: {queue: {name: jobs, depth: 100}}",
      "dependencies:\n  - {type: aws_sqs_queue, name: jobs, access: read}\n",
    ),
  },
};
