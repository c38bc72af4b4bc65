import { describe, expect, it } from "vitest";
import { diagnose } from "./diagnosis.ts";
import type { Evidence, StoppedTask, TargetSeen } from "./evidence.ts";

const evidence = (parts: Partial<Evidence>): Evidence => ({
  service: "items",
  env: "local",
  failedResources: [],
  stoppedTasks: [],
  targets: [],
  serviceEvents: [],
  asked: { port: 8000, healthPath: "/health", memory: 512 },
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
      evidence({ stoppedTasks: [exited(3, ["FATAL DATABASE_URL is not set"]), exited(3), exited(3)], failedResources: [breaker] }),
    ).causes;
    expect(first).toMatchObject({ kind: "program-exits", summary: "the program exits with code 3" });
    expect(first?.evidence).toEqual(["container app exited with code 3", "3 tasks ended this way", "app | FATAL DATABASE_URL is not set"]);
    expect(others).toEqual([]);
  });

  it("quotes the error that a long stack trace has pushed up", () => {
    const trace = Array.from({ length: 12 }, (_, index) => `    at step${index} (file.js:1:1)`);
    const lines = ["listening", "Error: Cannot find module 'express'", ...trace];
    const [first] = diagnose(evidence({ stoppedTasks: [exited(1, lines)] })).causes;
    expect(first?.summary).toBe("the program misses a package and exits with code 1: Cannot find module 'express'");
    expect(first?.evidence).toContain("app | Error: Cannot find module 'express'");
    expect(first?.evidence).toHaveLength(9);
  });

  it("is the memory limit when the kernel killed the container", () => {
    const [first] = diagnose(
      evidence({ stoppedTasks: [exited(137, [], "OutOfMemoryError: Container killed due to memory usage")] }),
    ).causes;
    expect(first).toMatchObject({ kind: "out-of-memory", fix: "raise resources.memory above 512, or find what uses it" });
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
    ["CannotStartContainerError: permission denied", "cannot-start"],
  ] as const)("reads %s as %s", (reason, kind) => {
    expect(diagnose(evidence({ stoppedTasks: [failedToStart(reason)], failedResources: [breaker] })).causes[0]?.kind).toBe(kind);
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
