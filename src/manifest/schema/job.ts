/** The kind Job: a task that runs on a schedule or on demand and ends. */
import { dependencies } from "./dependencies.ts";
import { any, boolean, choice, duration, integer, list, object, record, required, text, type ValueOf } from "./field.ts";
import { iam } from "./iam.ts";
import { metadata } from "./metadata.ts";
import { overrides } from "./overrides.ts";
import { resourceId } from "./resource-id.ts";
import { retentionDays } from "./service-surroundings.ts";
import { architecture, build, command, cpu, ephemeralStorage, image, memory, secrets, size, variables } from "./task.ts";

const when = {
  cron: text("When: six fields, minute hour day month weekday year.", {
    example: "0 2 * * ? *",
    becomes: "AWS::Scheduler::Schedule ScheduleExpression",
  }),
  rate: text("How often.", { example: "1 hour" }),
  at: text("Once.", { pattern: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, form: "a time like 2027-01-31T20:00:00" }),
  timezone: text("Time zone of the expression.", { default: "UTC", example: "Europe/Berlin" }),
  enabled: boolean("Whether it runs.", { default: true }),
};
const alternatives = [[["cron"], ["rate"], ["at"]]] as const;

const jobBody = object(
  "What runs, and when.",
  {
    image,
    build,
    command: command("the container"),
    resources: object(
      "How large a task is.",
      { size, cpu, memory, architecture, ephemeralStorage },
      { alternatives: [[["size"], ["cpu", "memory"]]] },
    ),
    environment: variables("Environment variables."),
    secrets,
    schedule: object("When it runs; without one it runs on demand.", when, { alternatives, otherwise: "on demand only" }),
    schedules: list(
      "Several schedules, each with its own changes.",
      object(
        "One schedule.",
        {
          name: required(text("Its name.", { pattern: /^[a-z0-9-]+$/, form: "lower-case letters, digits and hyphens", max: 24 })),
          ...when,
          command: command("this schedule"),
          environment: variables("Environment variables that differ."),
          cpu,
          memory,
        },
        { alternatives },
      ),
      { min: 1, max: 20 },
    ),
    timeout: duration("How long it may run.", 1, 30 * 86_400, {
      otherwise: "as long as it likes",
      becomes: "AWS::StepFunctions::StateMachine",
    }),
    retries: integer("How often it is tried again after a failure.", 0, 10, {
      default: 0,
      becomes: "AWS::StepFunctions::StateMachine Retry",
    }),
    concurrency: choice("Whether a run may begin while another is going on.", ["allow", "forbid"], {
      default: "allow",
      becomes: "AWS::StepFunctions::StateMachine",
    }),
    count: integer("Tasks a run starts.", 1, 10, { default: 1 }),
    networking: object("Where it runs.", {
      vpc: boolean("True: private subnets. False: public subnets and a public address.", { default: true }),
      securityGroups: list("Security groups besides its own.", resourceId("A security group's id.", "sg"), { max: 4 }),
    }),
    logs: object("Logs.", {
      retention: choice("Days they are kept.", retentionDays, { default: 30, becomes: "AWS::Logs::LogGroup RetentionInDays" }),
      group: text("Log group.", {
        pattern: /^[A-Za-z0-9_/.#-]+$/,
        form: "letters, digits and _ / . # -",
        max: 512,
        otherwise: "/ecs/<env>/<job>",
      }),
    }),
    stopTimeout: integer("Seconds between the stop signal and the kill.", 2, 120, { default: 30 }),
  },
  {
    alternatives: [
      [["image"], ["build"]],
      [["schedule"], ["schedules"]],
    ],
  },
);

const { name: _, ...layerMetadata } = metadata("job").fields;

export const jobLayer = object("What differs in one environment.", {
  metadata: object("Whose it is, where that differs.", layerMetadata, { renamed: metadata("job").renamed }),
  job: jobBody,
  dependencies,
  iam,
  overrides,
});

export const jobDocument = object("A task that runs on a schedule or on demand and ends.", {
  apiVersion: required(text("Version of the format.", { default: "fsd/v1" })),
  kind: required(text("Kind of the document.", { default: "Job" })),
  metadata: required(metadata("job")),
  job: jobBody,
  dependencies,
  iam,
  environments: record("What differs, by environment; maps merge deeply, lists are replaced.", any("A layer.")),
  overrides,
});

export type JobValue = Omit<ValueOf<typeof jobDocument>, "environments">;
