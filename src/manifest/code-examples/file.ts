import type { fileCodes } from "../codes/file.ts";
import { bare, type CodeExample, service, shell } from "./example-manifests.ts";

const repeated = "a: &a [x, x, x, x, x, x, x, x, x]";
const bomb = `${repeated}\n${"bcdefg".replaceAll(/./g, (letter, at: number) => `${letter}: &${letter} [${Array(9).fill(`*${"abcdef"[at]}`).join(", ")}]\n`)}`;
const deep = `apiVersion: fsd/v1\nkind: Service\nmetadata: ${"{a: ".repeat(70)}1${"}".repeat(70)}\n`;

export const fileExamples: Readonly<Record<keyof typeof fileCodes, CodeExample>> = {
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
};
