import type { environmentsCodes } from "../codes/environments.ts";
import { both, type CodeExample, environment, service, shell, withPort } from "./example-manifests.ts";

export const environmentsExamples: Readonly<Record<keyof typeof environmentsCodes, CodeExample>> = {
  FSD1801: shell("fsd render --env Prod", "fsd render --env prod"),
  FSD1802: { wrong: environment("vpc: {cidr: 10.0.0.0/28}"), right: environment("vpc: {cidr: 10.0.0.0/16}") },
  FSD1804: { wrong: environment("vpc: {nat: none}"), right: environment("vpc: {nat: single}") },
  FSD1805: { wrong: environment("region: eu-west-1", "local"), right: environment("region: eu-west-1", "dev"), environment: "dev" },
  FSD1806: {
    wrong: both(
      service("observability: {alarms: {few: {metric: runningTasks, threshold: 1}}}"),
      environment("cluster: {containerInsights: disabled}"),
    ),
    right: both(
      service("observability: {alarms: {few: {metric: runningTasks, threshold: 1}}}"),
      environment("cluster: {containerInsights: enabled}"),
    ),
  },
  FSD1807: {
    wrong: service("", "dependencies: [{type: aws_rds_instance, name: main}]\n"),
    right: both(
      service("", "dependencies: [{type: aws_rds_instance, name: main}]\n"),
      environment('local: {dependencies: {main: "host.fsd.internal:5432"}}', "local"),
    ),
    environment: "local",
  },
  FSD1808: {
    wrong: both(service("image: nginx:1.27"), environment("vpc: {nat: endpoints}")),
    right: both(service('image: "${REGISTRY}/nginx:1.27"'), environment("vpc: {nat: endpoints}")),
    environment: "prod",
  },
  FSD1809: {
    wrong: service("sidecars: [{name: envoy, image: 'envoyproxy/envoy:v1.31.0'}]"),
    right: both(
      service("sidecars: [{name: envoy, image: 'envoyproxy/envoy:v1.31.0'}]"),
      environment('local: {images: {"envoyproxy/envoy:v1.31.0": ./envoy}}', "local"),
    ),
    environment: "local",
  },
  FSD1810: {
    wrong: withPort("observability: {metrics: {enabled: true}}"),
    right: withPort(
      "observability: {metrics: {enabled: true}}",
      "environments:\n  local: {service: {observability: {metrics: {enabled: false}}}}\n",
    ),
    environment: "local",
  },
  FSD1811: {
    wrong: both(service('image: "${REGISTRY}/api:latest"'), environment('images: {tags: "v*"}')),
    right: both(service('image: "${REGISTRY}/api:v1.4.2"'), environment('images: {tags: "v*"}')),
    environment: "prod",
  },
  FSD1812: {
    wrong: withPort(
      'deployment: {strategy: blue-green, hooks: [{stage: POST_SCALE_UP, lambda: "arn:aws:lambda:us-east-1:000000000000:function:smoke"}]}',
    ),
    right: both(
      withPort(
        'deployment: {strategy: blue-green, hooks: [{stage: POST_SCALE_UP, lambda: "arn:aws:lambda:us-east-1:000000000000:function:smoke"}]}',
      ),
      environment('local: {hooks: {smoke: "http://127.0.0.1:9000/check"}}', "local"),
    ),
    environment: "local",
  },
  FSD1813: {
    wrong: both(service(""), environment("region: eu-west-1", "production")),
    right: both(service(""), environment("region: eu-west-1", "prod")),
    environment: "prod",
  },
  FSD1814: {
    wrong: service("", 'iam: {taskRoleArn: "arn:aws:iam::123456789012:role/app"}\n'),
    right: service("", 'iam: {managedPolicies: ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]}\n'),
    environment: "local",
  },
};
