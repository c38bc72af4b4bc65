/**
 * For every code a manifest (or a command) that earns it, and one that does not: the examples of `docs/errors/`.
 * A test reads them all, so that a page cannot show what is not so.
 */
import type { Code } from "./codes.ts";

export interface CodeExample {
  /** YAML, or a line of a shell where no manifest is at fault. */
  readonly wrong: string;
  readonly right: string;
  /** The environment they are read for. */
  readonly environment?: string;
  readonly shell?: true;
}

const service = (body: string, rest = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n${body === "" ? "" : `service:\n${indented(body)}`}${rest}`;
const withPort = (body: string, rest = ""): string => service(`port: 8000\nhealthCheck: {path: /health}\n${body}`, rest);
const named = (name: string, body: string, rest = ""): string =>
  `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: ${name}}\nservice:\n${indented(body)}${rest}`;
const job = (body: string): string => `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob:\n${indented(body)}`;
const environment = (body: string, name = "prod"): string =>
  `apiVersion: fsd/v1\nkind: Environment\nmetadata: {name: ${name}}\nenvironment:\n${indented(body)}`;
const indented = (text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}\n`)
    .join("");
const shell = (wrong: string, right: string): CodeExample => ({ wrong: `${wrong}\n`, right: `${right}\n`, shell: true });
const both = (...documents: string[]): string => documents.join("---\n");

const bare = service("");
const repeated = "a: &a [x, x, x, x, x, x, x, x, x]";
const bomb = `${repeated}\n${"bcdefg".replaceAll(/./g, (letter, at: number) => `${letter}: &${letter} [${Array(9).fill(`*${"abcdef"[at]}`).join(", ")}]\n`)}`;
const deep = `apiVersion: fsd/v1\nkind: Service\nmetadata: ${"{a: ".repeat(70)}1${"}".repeat(70)}\n`;
const guardrail = `apiVersion: fsd/v1
kind: Defaults
metadata: {name: acme}
guardrails:
  - {name: logs, reason: auditors ask for a month, minimumRetention: 30}
`;

export const codeExamples: Readonly<Record<Code, CodeExample>> = {
  FSD1001: shell("fsd validate -f servces/   # no such folder", "fsd validate -f services/"),
  FSD1002: shell("fsd validate -f data.json   # 3 MiB", "fsd validate -f fsd.yml"),
  FSD1003: shell("fsd validate -f logo.png", "fsd validate -f fsd.yml"),
  FSD1004: { wrong: "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api\n", right: bare },
  FSD1005: { wrong: `${bare}metadata: {name: web}\n`, right: bare },
  FSD1006: {
    wrong: "apiVersion: fsd/v1\nkind: Service\nmetadata:\n\tname: api\n",
    right: "apiVersion: fsd/v1\nkind: Service\nmetadata:\n  name: api\n",
  },
  FSD1007: { wrong: bomb, right: bare },
  FSD1008: { wrong: deep, right: bare },
  FSD1009: {
    wrong: service("environment: *usual"),
    right: service("environment: &usual {LOG_LEVEL: INFO}", "environments:\n  dev: {service: {environment: *usual}}\n"),
  },
  FSD1010: { wrong: "# nothing yet\n", right: bare },
  FSD1011: { wrong: "version: '3'\nservices: {}\n", right: bare },
  FSD1012: { wrong: "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n", right: bare },
  FSD1013: { wrong: "apiVersion: fsd/v1\nkind: Servce\nmetadata: {name: api}\n", right: bare },
  FSD1014: { wrong: service("image: !Ref Image"), right: service('image: "${REGISTRY}/api:${VERSION}"') },
  FSD1015: { wrong: service("environment: {? [A, B] : C}"), right: service("environment: {A: C, B: C}") },
  FSD1016: shell("fsd validate -f everything.yml   # 60,000 words", "fsd validate -f services/"),
  FSD1017: shell("fsd validate -f dump.yml   # 500 unknown fields", "fsd validate -f fsd.yml"),

  FSD1101: { wrong: service("prot: 8000"), right: withPort("") },
  FSD1102: { wrong: service("stopTimeout: soon"), right: service("stopTimeout: 30") },
  FSD1103: { wrong: "apiVersion: fsd/v1\nkind: Service\n", right: bare },
  FSD1104: { wrong: service("resources: {size: tiny}"), right: service("resources: {size: micro}") },
  FSD1105: { wrong: service("stopTimeout: 300"), right: service("stopTimeout: 120") },
  FSD1106: {
    wrong: "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: My_API}\n",
    right: "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: my-api}\n",
  },
  FSD1107: { wrong: service("image: nginx\nbuild: {context: .}"), right: service("build: {context: .}") },
  FSD1108: {
    wrong: "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api, team: shop}\n",
    right: "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api, pack: shop}\n",
  },
  FSD1109: { wrong: service("command: []"), right: service("command: [python, main.py]") },
  FSD1110: { wrong: service("type: eks"), right: service("type: ecs") },
  FSD1111: {
    wrong: service("", "dependencies:\n  - {type: aws_sqs_queue, name: jobs, topics: [a]}\n"),
    right: service("", "dependencies:\n  - {type: aws_msk_cluster, name: events, topics: [a]}\n"),
  },
  FSD1112: {
    wrong: service("", "dependencies:\n  - {type: aws_rds_instance, name: main, manageIngress: true}\n"),
    right: service("", "dependencies:\n  - {type: aws_rds_instance, name: main, manageIngress: true, securityGroup: sg-0123}\n"),
  },
  FSD1113: { wrong: job('schedule: {cron: "0 2 * * *"}'), right: job('schedule: {cron: "0 2 * * ? *"}') },
  FSD1114: {
    wrong: job('schedule: {cron: "0 2 * * ? *", timezone: Berlin}'),
    right: job('schedule: {cron: "0 2 * * ? *", timezone: Europe/Berlin}'),
  },

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

  FSD1301: { wrong: service('environment: {STAGE: "${ENVIRONMENT}"}'), right: service('environment: {STAGE: "${ENV}"}') },
  FSD1302: { wrong: service('environment: {CITY: "${env:CITY}"}'), right: service('environment: {CITY: "${env:CITY:-Berlin}"}') },
  FSD1303: { wrong: service('environment: {STAGE: "${ENV"}'), right: service('environment: {STAGE: "${ENV}"}') },
  FSD1304: {
    wrong: service('environment: {DSN: "postgres://app:${secrets:db:password}@db/app"}'),
    right: service('environment: {PGPASSWORD: "${secrets:db:password}", PGHOST: db}'),
  },
  FSD1305: shell("fsd render --override cpu", "fsd render --override resources.cpu=2048"),

  FSD1401: {
    wrong: service("port: 8000\nhealthCheck: {interval: 10, timeout: 10}"),
    right: service("port: 8000\nhealthCheck: {interval: 10, timeout: 5}"),
  },
  FSD1402: { wrong: service("port: 8000"), right: withPort("") },
  FSD1403: {
    wrong: service("port: 8000\nhealthCheck: {gracePeriod: 30, container: {http: /health, startPeriod: 90}}"),
    right: service("port: 8000\nhealthCheck: {gracePeriod: 90, container: {http: /health, startPeriod: 90}}"),
  },
  FSD1404: {
    wrong: withPort("networking: {loadBalancer: {deregistrationDelay: 600}}"),
    right: withPort("networking: {loadBalancer: {deregistrationDelay: 30}}"),
  },
  FSD1405: { wrong: service("networking: {loadBalancer: {path: /api/*}}"), right: withPort("networking: {loadBalancer: {path: /api/*}}") },
  FSD1406: { wrong: service("networking: {vpc: false}"), right: service("networking: {vpc: true}") },
  FSD1407: { wrong: service("exec: true\nreadonlyRootFilesystem: true"), right: service("readonlyRootFilesystem: true") },
  FSD1408: {
    wrong: environment("loadBalancers: {public: {}}"),
    right: environment('loadBalancers: {public: {certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0e1f"}}'),
  },
  FSD1409: {
    wrong: both(withPort("networking: {loadBalancer: {internal: false}}"), environment("loadBalancers: {internal: {}}")),
    right: both(withPort("networking: {loadBalancer: {internal: true}}"), environment("loadBalancers: {internal: {}}")),
  },
  FSD1411: {
    wrong: withPort("networking: {loadBalancer: {path: orders/*}}"),
    right: withPort("networking: {loadBalancer: {path: /orders/*}}"),
  },
  FSD1412: {
    wrong: withPort("networking: {vpc: false, loadBalancer: {internal: true}}"),
    right: withPort("networking: {vpc: true, loadBalancer: {internal: true}}"),
  },
  FSD1413: {
    wrong: both(withPort(""), environment("loadBalancers: {internal: {idleTimeout: 300}}")),
    right: both(
      withPort("stopTimeout: 120\nnetworking: {loadBalancer: {deregistrationDelay: 300}}"),
      environment("loadBalancers: {internal: {idleTimeout: 300}}"),
    ),
  },
  FSD1414: {
    wrong: withPort("spot: true\nstopTimeout: 60\nnetworking: {loadBalancer: {deregistrationDelay: 180}}"),
    right: withPort("spot: true\nstopTimeout: 60\nnetworking: {loadBalancer: {deregistrationDelay: 60}}"),
  },

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
  FSD1601: {
    wrong: service("environment: {DB_PASSWORD: hunter22}"),
    right: service('secrets: [{name: DB_PASSWORD, valueFrom: "secretsmanager:db:password"}]'),
  },
  FSD1602: {
    wrong: service("", 'iam:\n  policyStatements: [{actions: ["s3:*"], resources: ["*"]}]\n'),
    right: service("", 'iam:\n  policyStatements: [{actions: [s3:GetObject], resources: ["arn:aws:s3:::reports/*"]}]\n'),
  },
  FSD1603: {
    wrong: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm"}]'),
    right: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:123456789012:parameter/key"}]'),
  },
  FSD1604: {
    wrong: both(
      service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:999999999999:parameter/key"}]'),
      environment('account: "123456789012"'),
    ),
    right: both(
      service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/key"}]'),
      environment('account: "123456789012"'),
    ),
  },
  FSD1605: {
    wrong: service("secrets: [{name: KEY, valueFrom: vault/key}]"),
    right: service('secrets: [{name: KEY, valueFrom: "ssm:/key"}]'),
  },
  FSD1606: {
    wrong: service('secrets: [{name: A, valueFrom: "ssm:/a"}]\nenvironment: {A: b}'),
    right: service('secrets: [{name: A, valueFrom: "ssm:/a"}]\nenvironment: {B: b}'),
  },
  FSD1607: {
    wrong: service('secrets: [{name: KEY, valueFrom: "arn:aws:ssm:us-east-1:999999999999:parameter/key"}]'),
    right: service('secrets: [{name: KEY, valueFrom: "ssm:/key"}]'),
    environment: "local",
  },

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
  FSD1901: {
    wrong: service("", `dependencies: [{type: aws_sqs_queue, name: ${"long-".repeat(16)}, managed: {deadLetter: {}}}]\n`),
    right: service("", "dependencies: [{type: aws_sqs_queue, name: short, managed: {deadLetter: {}}}]\n"),
  },
  FSD1902: {
    wrong: withPort("", "overrides: [{path: /Resources/TargetGrp/Properties/Port, value: 81}]\n"),
    right: withPort("", "overrides: [{path: /Resources/TargetGroup/Properties/Port, value: 81}]\n"),
  },
  FSD1811: {
    wrong: both(service('image: "${REGISTRY}/api:latest"'), environment('images: {tags: "v*"}')),
    right: both(service('image: "${REGISTRY}/api:v1.4.2"'), environment('images: {tags: "v*"}')),
    environment: "prod",
  },
  FSD1808: {
    wrong: both(service("image: nginx:1.27"), environment("vpc: {nat: endpoints}")),
    right: both(service('image: "${REGISTRY}/nginx:1.27"'), environment("vpc: {nat: endpoints}")),
    environment: "prod",
  },
  FSD1904: {
    wrong: service("", "overrides: [{path: /Resources/Stream, value: {Type: 'AWS::Kinesis::Stream'}}]\n"),
    right: service("", "environments:\n  prod: {overrides: [{path: /Resources/Stream, value: {Type: 'AWS::Kinesis::Stream'}}]}\n"),
    environment: "local",
  },
};
