import type { shapeCodes } from "../codes/shape.ts";
import { bare, type CodeExample, job, service, withPort } from "./example-manifests.ts";

export const shapeExamples: Readonly<Record<keyof typeof shapeCodes, CodeExample>> = {
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
    right: service(
      "",
      "dependencies:\n  - {type: aws_rds_instance, name: main, manageIngress: true, securityGroup: sg-0123456789abcdef0}\n",
    ),
  },
  FSD1113: { wrong: job('schedule: {cron: "0 2 * * *"}'), right: job('schedule: {cron: "0 2 * * ? *"}') },
  FSD1114: {
    wrong: job('schedule: {cron: "0 2 * * ? *", timezone: Berlin}'),
    right: job('schedule: {cron: "0 2 * * ? *", timezone: Europe/Berlin}'),
  },
};
