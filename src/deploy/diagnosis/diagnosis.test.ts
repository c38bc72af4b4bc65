import { describe, expect, it } from "vitest";
import { mayAssume, taskAssumption } from "../../engine/policy/trust-policy.ts";
import { unassumableRole } from "../../engine/service/launch-error.ts";
import { diagnose } from "./diagnosis.ts";
import type { Evidence, RoleSeen, StoppedTask, TargetSeen } from "./evidence.ts";

const evidence = (parts: Partial<Evidence>): Evidence => ({
  service: "items",
  env: "local",
  failedResources: [],
  stoppedTasks: [],
  targets: [],
  serviceEvents: [],
  asked: { port: 8000, healthPath: "/health", cpu: 256, memory: 512, file: "api/fsd.yml" },
  ...parts,
});

const exited = (exitCode: number, lastLines: string[] = [], reason?: string): StoppedTask => ({
  taskId: "0123456789abcdef0123456789abcdef",
  revision: "items:2",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  containers: [{ name: "app", exitCode, lastLines, ...(reason === undefined ? {} : { reason }) }],
});
const failedToStart = (stoppedReason: string): StoppedTask => ({
  ...exited(0),
  stopCode: "TaskFailedToStart",
  stoppedReason,
  containers: [],
});
const unhealthy = (reason: string, description: string): TargetSeen => ({
  ip: "10.0.1.7",
  port: 8000,
  state: "unhealthy",
  reason,
  description,
});
const breaker = {
  logicalId: "Service",
  resourceType: "AWS::ECS::Service",
  status: "UPDATE_FAILED",
  reason: "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.\"",
};

describe("the cause of a failed deployment", () => {
  it("is the program's exit with its last words, not the breaker that followed", () => {
    const [first, ...others] = diagnose(
      evidence({ stoppedTasks: [exited(3, ["FATAL the licence has expired"]), exited(3), exited(3)], failedResources: [breaker] }),
    ).causes;
    expect(first).toMatchObject({
      kind: "program-exits",
      summary: "the program exits with code 3",
      fix: "it says: FATAL the licence has expired",
    });
    expect(first?.evidence).toEqual(["container app exited with code 3", "3 tasks ended this way", "app | FATAL the licence has expired"]);
    expect(others).toEqual([]);
  });

  it("quotes the error that a long stack trace has pushed up", () => {
    const trace = Array.from({ length: 12 }, (_, index) => `    at step${index} (file.js:1:1)`);
    const lines = ["listening", "Error: Cannot find module 'express'", ...trace];
    const [first] = diagnose(evidence({ stoppedTasks: [exited(1, lines)] })).causes;
    expect(first?.summary).toBe("the program misses the package express and exits with code 1");
    expect(first?.evidence).toContain("app | Error: Cannot find module 'express'");
    expect(first?.evidence).toHaveLength(9);
  });

  it("is the memory limit when the kernel killed the container", () => {
    const [first] = diagnose(
      evidence({ stoppedTasks: [exited(137, [], "OutOfMemoryError: Container killed due to memory usage")] }),
    ).causes;
    expect(first?.command).toBe("fsd deploy -f api/fsd.yml --env local --service items --override service.resources.memory=1024");
    expect(first).toMatchObject({ kind: "out-of-memory", fix: "raise resources.memory above 512, or find what uses it" });
  });

  describe("is a role that ECS cannot assume", () => {
    const roleArn = "arn:aws:iam::111122223333:role/team/app";
    const serviceEvents = [`(service items) failed to launch a task with (error ${unassumableRole(roleArn)})`];
    const seen = (role: object) =>
      diagnose(evidence({ serviceEvents, failedResources: [breaker], region: "eu-west-1", roles: [{ roleArn, ...role } as RoleSeen] }))
        .causes;

    const allow = { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" };
    const others = [
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
      { Effect: "Deny", Principal: { AWS: "arn:aws:iam::111122223333:user/eve" }, Action: "sts:AssumeRole" },
    ];
    const needed = {
      ...allow,
      Condition: {
        StringEquals: { "aws:SourceAccount": "111122223333" },
        ArnLike: { "aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:*" },
      },
    };
    /** The trust policy that the command writes. */
    const written = (command = ""): { readonly Statement: unknown } =>
      JSON.parse(/ --(?:assume-role-)?policy-document '(.*)'$/.exec(command)?.[1] ?? "");

    it("and denies it: the denial goes, and the trust in others stays", () => {
      const trustPolicy = JSON.stringify({ Statement: [allow, ...others, { ...allow, Effect: "Deny" }] }, undefined, 2);
      const [first, ...further] = seen({ found: "role", trustPolicy });
      expect(first?.summary).toBe(`ECS cannot assume the role ${roleArn}: a statement of its trust policy denies it`);
      expect(first?.evidence.slice(1)).toEqual([`its trust policy is ${JSON.stringify(JSON.parse(trustPolicy))}`]);
      expect(further).toEqual([]);
      expect(written(first?.command)).toEqual({ Statement: [allow, ...others] });
    });

    it.each([
      ["does not name ECS", []],
      ["names it for another account", [{ ...allow, Condition: { StringEquals: { "aws:SourceAccount": "999999999999" } } }]],
    ])("and %s: what it needs comes beside the trust in others, for this account's tasks only", (_situation, own) => {
      const trustPolicy = { Version: "2012-10-17", Statement: [...others, ...own] };
      const [first] = seen({ found: "role", trustPolicy: JSON.stringify(trustPolicy) });
      expect(first?.evidence.at(-1)).toBe(`ECS needs the statement ${JSON.stringify(needed)}`);
      expect(written(first?.command)).toEqual({ Version: "2012-10-17", Statement: [...others, ...own, needed] });
      expect(mayAssume(JSON.stringify(written(first?.command)), taskAssumption("aws", "eu-west-1", "111122223333"))).toBe(true);
    });

    it("and does not exist: it is made for this account's tasks only, at its path", () => {
      const [first] = seen({ found: "nothing" });
      expect(written(first?.command)).toEqual({ Version: "2012-10-17", Statement: [needed] });
      expect(first?.command).toMatch(/^aws iam create-role --role-name app --path \/team\/ --assume-role-policy-document /);
    });

    it("and stands at another path", () => {
      const [first] = seen({ found: "other", otherArn: "arn:aws:iam::111122223333:role/app" });
      expect(first).toMatchObject({
        summary: `ECS cannot assume the role ${roleArn}: the role of that name is arn:aws:iam::111122223333:role/app`,
        fix: "write the role's ARN under iam in api/fsd.yml exactly as it is, with its path and account",
      });
    });

    it("and may not be read by whoever deploys", () => {
      const [first] = seen({ found: "unreadable", why: "not authorized to perform: iam:GetRole" });
      expect(first).toMatchObject({ kind: "role-not-assumable", command: "aws iam get-role --role-name app" });
      expect(first?.evidence).toContain("the role could not be looked up: not authorized to perform: iam:GetRole");
    });

    it("and was mended meanwhile", () => {
      const trustPolicy = JSON.stringify({
        Statement: { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:*" },
      });
      const [first] = seen({ found: "role", trustPolicy });
      expect(first?.summary).toContain("its trust policy allows it now");
      expect(first?.command).toBe("fsd deploy -f api/fsd.yml --env local --service items");
    });

    it.each([
      ["was mended, and tasks started", { found: "role", trustPolicy: JSON.stringify({ Statement: allow }) }],
      ["cannot be read, but lets tasks start since", { found: "unreadable", why: "denied" }],
    ])("and %s: the alarm that went off then comes first", (_situation, role) => {
      const started = "(service items) has started 2 tasks: (task 1) (task 2).";
      const rang = "(service items) (deployment ecs-svc/1) deployment failed: alarm detected.";
      const kinds = (events: readonly string[], found: object): string[] =>
        diagnose(
          evidence({ serviceEvents: [...serviceEvents, ...events], region: "eu-west-1", roles: [{ roleArn, ...found } as RoleSeen] }),
        ).causes.map(({ kind }) => kind);
      expect(kinds([started, rang], role)).toEqual(["alarm-rang", "role-not-assumable"]);
      expect(kinds([started, rang], { found: "nothing" })).toEqual(["role-not-assumable", "alarm-rang"]);
    });
  });

  it.each([
    [127, "sh: 1: uvicorn: not found", "command-not-found"],
    [1, "ModuleNotFoundError: No module named 'fastapi'", "module-missing"],
    [1, "Error: listen EADDRINUSE: address already in use :::8000", "port-in-use"],
    [0, "bye", "program-exits"],
  ] as const)("reads exit code %i with %j as %s", (code, line, kind) => {
    expect(diagnose(evidence({ stoppedTasks: [exited(code, [line])] })).causes[0]?.kind).toBe(kind);
  });

  it.each([
    ["CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref x: not found", "image-not-found"],
    ["ResourceInitializationError: unable to pull secrets or registry auth: ResourceNotFoundException", "secret-unreadable"],
    ["ResourceInitializationError: failed to validate logger args: The specified log group does not exist.", "log-group-missing"],
    ['CannotStartContainerError: exec: "nodde": executable file not found in $PATH', "command-not-found"],
    ["CannotStartContainerError: no command specified (neither the Dockerfile nor the task definition names one)", "no-command"],
    ["CannotStartContainerError: permission denied", "cannot-start"],
  ] as const)("reads %s as %s", (reason, kind) => {
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)], failedResources: [breaker] })).causes[0]?.kind).toBe(kind);
  });

  it.each([
    [
      'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been retried 3 time(s): RequestError: send request failed caused by: Post "https://api.ecr.eu-west-1.amazonaws.com/": dial tcp 10.0.0.9:443: i/o timeout. Please check your task network configuration.',
      "api.ecr.eu-west-1.amazonaws.com",
    ],
    [
      "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/nginx:1: dial tcp: lookup registry-1.docker.io: no such host",
      "registry-1.docker.io",
    ],
    [
      "ResourceInitializationError: failed to validate logger args: There is a connection issue between the task and Amazon CloudWatch. Check your network configuration.",
      "what it needs before its program runs",
    ],
  ])("is the tasks' network where nothing answers, not what was asked for: %s", (reason, where) => {
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)], failedResources: [breaker] })).causes[0]).toMatchObject({
      ...{ kind: "network-unreachable", summary: `the task's network does not lead to ${where}` },
      fix: expect.stringContaining("environment.vpc.nat"),
    });
  });

  it("is the execution role where it may not write the log, rather than a group that is not there", () => {
    const reason =
      "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/team-exec/0123 is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/prod/items";
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)] })).causes[0]).toMatchObject({
      ...{ kind: "not-allowed", summary: "the execution role team-exec may not do logs:CreateLogStream" },
      command: "aws iam list-role-policies --role-name team-exec",
    });
  });

  it.each([
    ["COPY server.js: not found in the build context", [], "correct line 3: server.js must lie in build.context"],
    [
      "COPY app/main.py: not found in the build context",
      ["app"],
      "app is left out of the image by .dockerignore: take it back in there with a line !app",
    ],
    ["FORM before the first FROM", [], "correct line 3"],
  ])("is the Dockerfile that this machine can make no image of: %s", (wrong, left, fix) => {
    const reason = `CannotPullContainerError: failed to extract 000000000000.dkr.ecr.us-east-1.amazonaws.com/items@sha256:1: line 3: ${wrong}`;
    const asked = { packed: true, leftOut: left };
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)], failedResources: [breaker], asked })).causes[0]).toMatchObject({
      ...{ kind: "dockerfile-wrong", summary: `no image can be made of the Dockerfile: line 3: ${wrong}`, fix },
      command: "fsd deploy --env local --service items",
    });
  });

  it("is a log group that was deleted, with the command that makes it: CloudFormation does not see that it is gone", () => {
    const reason = "ResourceInitializationError: failed to validate logger args: The specified log group does not exist.";
    const asked = { file: "fsd.yml", logGroup: "/ecs/prod/items" };
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)], asked, cliFlags: " --region eu-west-1" })).causes[0]).toMatchObject({
      summary: "the task's log group is not there: /ecs/prod/items",
      command: "aws logs create-log-group --log-group-name /ecs/prod/items --region eu-west-1",
    });
  });

  it.each([
    [
      unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
      "wrong-health-status",
      "says that it is not well",
    ],
    [unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [404]"), "wrong-health-status", "has no /health"],
    [unhealthy("Target.Timeout", "Request timed out"), "health-check-timeout", "too slowly"],
    [unhealthy("Target.FailedHealthChecks", "Health checks failed"), "not-listening", "0.0.0.0:8000"],
  ] as const)("tells what the load balancer saw: $description", (target, kind, fix) => {
    const [first] = diagnose(evidence({ targets: [target], failedResources: [breaker] })).causes;
    expect(first?.kind).toBe(kind);
    expect(first?.fix).toContain(fix);
    expect(first?.summary).toMatch(/health/);
  });

  it.each([
    ["301", /redirected/, /matcher="200-399"$/],
    ["404", /healthCheck\.path in api\/fsd\.yml/, /healthCheck\.path=/],
    ["403", /credentials/, /fsd logs items/],
    ["400", /Host header/, /fsd logs items/],
  ] as const)("says what an answer of %s to the health check means", (code, fix, command) => {
    const target = unhealthy("Target.ResponseCodeMismatch", `Health checks failed with these codes: [${code}]`);
    const [first] = diagnose(evidence({ targets: [target] })).causes;
    expect(first?.fix).toMatch(fix);
    expect(first?.command).toMatch(command);
  });

  const sickTask = (...lastLines: string[]): StoppedTask => ({
    ...exited(143, lastLines),
    stopCode: "ServiceSchedulerInitiated",
    stoppedReason: "Task failed ELB health checks in (target-group arn:x)",
  });
  const unanswered = unhealthy("Target.FailedHealthChecks", "Health checks failed");
  const seen = (where: string): string =>
    `[fsd] the task listened on ${where} when it was stopped, and so could not be reached on port 8000`;

  it("reads from ECS's events what the load balancer saw when no unhealthy target was caught in time", () => {
    const message =
      "(service items) (task 0123) (port 8000) is unhealthy in (target-group arn:x) due to (reason Health checks failed with these codes: [404]).";
    const [first] = diagnose(
      evidence({ stoppedTasks: [sickTask("up")], serviceEvents: ["(service items) has started 2 tasks", message] }),
    ).causes;
    expect(first?.kind).toBe("wrong-health-status");
    expect(first?.evidence).toContain(message);
  });

  it.each([
    [[seen("127.0.0.1:8000")], "listens-on-loopback", /0\.0\.0\.0:8000/, /fsd logs/],
    [["INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)"], "listens-on-loopback", /--host 0\.0\.0\.0/, /fsd logs/],
    [[seen("[::]:3000")], "listens-on-other-port", /service\.port in api\/fsd\.yml to 3000/, /--override service\.port=3000$/],
    [["Server listening on port 3000"], "listens-on-other-port", /3000/, /--override service\.port=3000$/],
    [[seen("no port")], "not-listening", /gracePeriod/, /gracePeriod=/],
    [["Server listening on port 8000"], "not-listening", /gracePeriod/, /gracePeriod=/],
  ] as const)("tells from %j where the program listened", (lines, kind, fix, command) => {
    const { causes } = diagnose(evidence({ targets: [unanswered], stoppedTasks: [sickTask(...lines)], failedResources: [breaker] }));
    expect(causes.map((cause) => cause.kind)).toEqual([kind]);
    expect(causes[0]?.fix).toMatch(fix);
    expect(causes[0]?.command).toMatch(command);
  });

  it("does not repeat a program's exit as a target that nobody answers", () => {
    const { causes } = diagnose(
      evidence({
        targets: [unanswered],
        stoppedTasks: [exited(1, ["Error: boom"]), sickTask(seen("no port"))],
        failedResources: [breaker],
      }),
    );
    expect(causes.map((cause) => cause.kind)).toEqual(["program-exits"]);
  });

  it("names the variable a program wants, and gives the command that sets it, unless the manifest sets it already", () => {
    const stoppedTasks = [exited(1, ["KeyError: 'DATABASE_URL'"])];
    const [first] = diagnose(evidence({ stoppedTasks })).causes;
    expect(first).toMatchObject({
      kind: "variable-missing",
      command: "fsd deploy -f api/fsd.yml --env local --service items --set DATABASE_URL=<value>",
    });
    const [set] = diagnose(evidence({ stoppedTasks, asked: { variables: ["DATABASE_URL"], file: "fsd.yml" } })).causes;
    expect(set?.fix).toBe("fsd.yml sets DATABASE_URL: check its value");
  });

  it.each([
    ["  requireStack: [ '/app/server.js' ]", "/app/server.js"],
    ["  code: 'MODULE_NOT_FOUND',", "the program"],
  ])("is the file that the program's own code asks for, not its command: %s", (stack, by) => {
    const [first] = diagnose(evidence({ stoppedTasks: [exited(1, ["Error: Cannot find module './lib/x'", stack])] })).causes;
    expect(first).toMatchObject({
      ...{ kind: "file-missing", summary: "the program's file ./lib/x is not in the image (exit code 1)" },
      fix: `${by} asks for it: check the path there, and that COPY of the Dockerfile takes the file along`,
    });
    const [other] = diagnose(evidence({ stoppedTasks: [exited(1, ["Error: Cannot find module '/app/serve.js'"])] })).causes;
    expect(other?.fix).toBe("check the path in command, ENTRYPOINT and CMD against WORKDIR and COPY of the Dockerfile");
  });

  it("names the file that .dockerignore keeps out of the image", () => {
    const stoppedTasks = [exited(1, ["Error: Cannot find module '/app/server.js'"])];
    const [first] = diagnose(evidence({ stoppedTasks, asked: { packed: true, leftOut: ["notes", "server.js"] } })).causes;
    expect(first?.kind).toBe("file-missing");
    expect(first?.fix).toContain("a line !server.js");
    const [other] = diagnose(evidence({ stoppedTasks, asked: { packed: true, leftOut: ["notes"] } })).causes;
    expect(other?.fix).toContain("WORKDIR and COPY");
  });

  it("says that 127.0.0.1 is the task itself when a server is looked for there", () => {
    const [first] = diagnose(evidence({ stoppedTasks: [exited(1, ["Error: connect ECONNREFUSED 127.0.0.1:5432"])] })).causes;
    expect(first).toMatchObject({
      kind: "dependency-unreachable",
      fix: "inside a task 127.0.0.1 is the task itself; a server on this machine is host.fsd.internal:5432",
    });
  });

  it("blames the server that cannot be reached when the program answers its check with 503", () => {
    const target = unhealthy("Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]");
    const task = sickTask('psycopg.OperationalError: connection to server at "db" (10.0.0.9), port 5432 failed: Connection refused');
    const [first] = diagnose(evidence({ targets: [target], stoppedTasks: [task] })).causes;
    expect(first?.kind).toBe("dependency-unreachable");
    expect(first?.summary).toContain("cannot reach db:5432 (connection refused)");
  });

  it("is the alarm that went off, before the targets that were still starting", () => {
    const causes = diagnose(
      evidence({
        asked: { port: 8000, healthPath: "/health", alarms: ["fsd-local-items-unhealthy"] },
        failedResources: [{ ...breaker, reason: "Error occurred during operation 'ECS Deployment Alarm was triggered'." }],
        serviceEvents: ["(service items) (deployment ecs-svc/1) deployment failed: alarm detected."],
        targets: [unhealthy("Target.FailedHealthChecks", "Health checks failed")],
      }),
    ).causes;
    expect(causes.map(({ kind }) => kind)).toEqual(["alarm-rang", "not-listening"]);
    expect(causes[0]).toMatchObject({
      summary: "an alarm that guards the deployment went off (fsd-local-items-unhealthy)",
      command: "aws cloudwatch describe-alarms --alarm-names fsd-local-items-unhealthy",
    });
  });

  it("is the resource that failed first when no task was at fault, and not what was cancelled because of it", () => {
    const [first] = diagnose(
      evidence({
        failedResources: [
          {
            logicalId: "Rule",
            resourceType: "AWS::ElasticLoadBalancingV2::ListenerRule",
            status: "CREATE_FAILED",
            reason: "Resource creation cancelled",
          },
          {
            logicalId: "TaskRole",
            resourceType: "AWS::IAM::Role",
            status: "CREATE_FAILED",
            reason: "User is not authorized to perform iam:CreateRole",
          },
        ],
      }),
    ).causes;
    expect(first).toMatchObject({ kind: "not-allowed", summary: "not allowed to make TaskRole (AWS::IAM::Role)" });
  });

  it("is said to be unknown when nothing was seen", () => {
    expect(diagnose(evidence({})).causes.map(({ kind }) => kind)).toEqual(["unknown"]);
  });
});
