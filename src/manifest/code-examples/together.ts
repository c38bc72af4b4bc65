import type { togetherCodes } from "../codes/together.ts";
import { bare, both, type CodeExample, named, service, withPort } from "./example-manifests.ts";

const guardrail = `apiVersion: fsd/v1
kind: Defaults
metadata: {name: acme}
guardrails:
  - {name: logs, reason: auditors ask for a month, minimumRetention: 30}
`;

export const togetherExamples: Readonly<Record<keyof typeof togetherCodes, CodeExample>> = {
  FSD1701: { wrong: both(bare, bare), right: both(bare, named("web", "stopTimeout: 30")) },
  FSD1702: {
    wrong: both(withPort(""), named("web", "port: 80\nhealthCheck: {path: /}")),
    right: both(withPort(""), named("web", "port: 80\nhealthCheck: {path: /}\nnetworking: {loadBalancer: {path: /web/*}}")),
  },
  FSD1703: {
    wrong: both(
      withPort("networking: {loadBalancer: {path: /api/*, priority: 10}}"),
      named("web", "port: 80\nhealthCheck: {path: /}\nnetworking: {loadBalancer: {path: /web/*, priority: 10}}"),
    ),
    right: both(
      withPort("networking: {loadBalancer: {path: /api/*, priority: 10}}"),
      named("web", "port: 80\nhealthCheck: {path: /}\nnetworking: {loadBalancer: {path: /web/*, priority: 20}}"),
    ),
  },
  FSD1704: {
    wrong: both(
      withPort("networking: {loadBalancer: {path: /api/*}}", "dependencies: [{type: service, name: web}]\n"),
      named("web", "port: 80\nhealthCheck: {path: /}", "dependencies: [{type: service, name: api}]\n"),
    ),
    right: both(
      withPort("networking: {loadBalancer: {path: /api/*}}", "dependencies: [{type: service, name: web}]\n"),
      named("web", "port: 80\nhealthCheck: {path: /}"),
    ),
  },
  FSD1705: {
    wrong: service("sidecars: [{name: proxy, image: envoy, dependsOn: {main: START}}]"),
    right: service("sidecars: [{name: proxy, image: envoy, dependsOn: {app: START}}]"),
  },
  FSD1706: {
    wrong: both(guardrail, service("observability: {logs: {retention: 7}}")),
    right: both(guardrail, service("observability: {logs: {retention: 60}}")),
  },
  FSD1707: {
    wrong: both(
      withPort("networking: {loadBalancer: {path: /api/*}, ingress: []}"),
      named("web", "stopTimeout: 30", "dependencies: [{type: service, name: api, port: 8000}]\n"),
    ),
    right: both(
      withPort("networking: {loadBalancer: {path: /api/*}, ingress: [{from: {service: web}, port: 8000}]}"),
      named("web", "stopTimeout: 30", "dependencies: [{type: service, name: api, port: 8000}]\n"),
    ),
  },
  FSD1708: {
    wrong: both(service("stopTimeout: 30", "dependencies: [{type: service, name: worker}]\n"), named("worker", "stopTimeout: 30")),
    right: both(
      service("stopTimeout: 30", "dependencies: [{type: service, name: web}]\n"),
      named("web", "port: 80\nhealthCheck: {path: /}"),
    ),
  },
  FSD1709: {
    wrong: both(
      service("stopTimeout: 30", "dependencies: [{type: aws_sqs_queue, name: jobs, access: write, managed: true}]\n"),
      named("worker", "stopTimeout: 30", "dependencies: [{type: aws_sqs_queue, name: jobs, access: read, managed: true}]\n"),
    ),
    right: both(
      service("stopTimeout: 30", "dependencies: [{type: aws_sqs_queue, name: jobs, access: write}]\n"),
      named("worker", "stopTimeout: 30", "dependencies: [{type: aws_sqs_queue, name: jobs, access: read, managed: true}]\n"),
    ),
  },
};
