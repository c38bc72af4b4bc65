import type { valuesCodes } from "../codes/values.ts";
import { type CodeExample, service, shell } from "./example-manifests.ts";

export const valuesExamples: Readonly<Record<keyof typeof valuesCodes, CodeExample>> = {
  FSD1301: { wrong: service('environment: {STAGE: "${ENVIRONMENT}"}'), right: service('environment: {STAGE: "${ENV}"}') },
  FSD1302: { wrong: service('environment: {CITY: "${env:CITY}"}'), right: service('environment: {CITY: "${env:CITY:-Berlin}"}') },
  FSD1303: { wrong: service('environment: {STAGE: "${ENV"}'), right: service('environment: {STAGE: "${ENV}"}') },
  FSD1304: {
    wrong: service('environment: {DSN: "postgres://app:${secrets:db:password}@db/app"}'),
    right: service('environment: {PGPASSWORD: "${secrets:db:password}", PGHOST: db}'),
  },
  FSD1305: shell("fsd render --override cpu", "fsd render --override resources.cpu=2048"),
};
