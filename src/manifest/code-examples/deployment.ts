import type { deploymentCodes } from "../codes/deployment.ts";
import { type CodeExample, service, withPort } from "./example-manifests.ts";

export const deploymentExamples: Readonly<Record<keyof typeof deploymentCodes, CodeExample>> = {
  FSD1501: {
    wrong: withPort("resources: {desiredCount: 1}\ndeployment: {maximumPercent: 150}"),
    right: withPort("resources: {desiredCount: 1}\ndeployment: {maximumPercent: 200}"),
  },
  FSD1502: { wrong: withPort("deployment: {bakeTime: 10m}"), right: withPort("deployment: {strategy: blue-green, bakeTime: 10m}") },
  FSD1503: {
    wrong: withPort("deployment: {strategy: canary, bakeTime: 20h, canary: {bakeTime: 15h}}"),
    right: withPort("deployment: {strategy: canary, bakeTime: 20h, canary: {bakeTime: 1h}}"),
  },
  FSD1504: {
    wrong: withPort("deployment: {alarms: [errors]}"),
    right: withPort("deployment: {alarms: [errors]}\nobservability: {alarms: {errors: {metric: 5xxRate, threshold: 1}}}"),
  },
  FSD1505: {
    wrong: service("deployment: {circuitBreaker: {enable: false}}"),
    right: service("deployment: {circuitBreaker: {enable: true}}"),
  },
  FSD1506: { wrong: service("deployment: {strategy: blue-green}"), right: withPort("deployment: {strategy: blue-green}") },
  FSD1507: {
    wrong: withPort("deployment: {strategy: blue-green, circuitBreaker: {enable: true}}"),
    right: withPort("deployment: {strategy: blue-green, bakeTime: 10m}"),
  },
  FSD1508: {
    wrong: service("deployment: {strategy: all-at-once, maximumPercent: 200}"),
    right: service("deployment: {strategy: all-at-once}"),
  },
  FSD1509: {
    wrong: withPort("deployment: {strategy: blue-green, hooks: [{stage: TEST_TRAFFIC_SHIFT, pause: true}]}"),
    right: withPort("deployment: {strategy: blue-green, hooks: [{stage: POST_TEST_TRAFFIC_SHIFT, pause: true}]}"),
  },
};
