import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobStatus } from "../../src/deploy/job/job-status.ts";
import type { RunEvent } from "../../src/deploy/job/run-job.ts";
import { type Outcome, said } from "../support/outcome.ts";
import { describeWith } from "../support/requirement.ts";
import { eventually, World } from "../support/world.ts";

let world: World;
let endpoint: string;
beforeEach(async () => {
  world = new World();
  endpoint = (await world.up()).endpoint;
});
afterEach(() => world.end());

/** A job that says what it was given, sleeps and ends as it is told. */
const manifest = (name: string, more: string) => `apiVersion: fsd/v1
kind: Job
metadata: {name: ${name}}
job:
  build: {context: .}
  command: [sh, -c, 'echo "mode $MODE"; sleep "$SLEEP"; exit "$CODE"']
  resources: {size: micro}
  environment: {MODE: plain, SLEEP: "0", CODE: "0"}
${more}
`;

async function deploy(name: string, more: string): Promise<Outcome> {
  const folder = world.write(name, { Dockerfile: "FROM debian:stable-slim\n", "fsd.yml": manifest(name, more) });
  const outcome = await world.fsd("deploy", "-f", folder);
  expect(outcome).toExitWith(0);
  return outcome;
}

const status = (name: string) => world.json<JobStatus>("status", name);
const strict = "  timeout: 10m\n  retries: 1\n  concurrency: forbid\n";

/** `fsd run … --output json`, whatever its exit code. */
async function run(...args: string[]): Promise<{ status: number; events: RunEvent[] }> {
  const outcome = await world.fsd("run", ...args, "--output", "json");
  const lines = outcome.stdout.split("\n").filter((line) => line !== "");
  return { status: outcome.status, events: lines.map((line) => JSON.parse(line) as RunEvent) };
}

const last = (events: readonly RunEvent[]) => events.at(-1);
const codes = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === "task-ended" ? [event.exitCode] : []));
const lines = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === "log" ? [event.message] : []));

describe("a job with timeout, retries and concurrency: forbid", () => {
  it("is deployed, run on demand with its task's exit code, tried again, and told of by status, logs and an alarm", async () => {
    const deployed = await deploy("report", `${strict}  schedule: {cron: "0 2 * * ? *", timezone: Europe/Berlin}\n`);
    expect(deployed.stdout).toContain("report is live on local: fsd-local-report:1");
    expect(deployed.stdout).toMatch(/schedule next \d{4}-\d\d-\d\d 02:00 Europe\/Berlin/);
    expect(deployed.stdout).toContain("fsd run report --env local --wait");

    const good = await run("report", "--wait", "--set", "MODE=full");
    expect([good.status, codes(good.events), lines(good.events)]).toEqual([0, [0], ["mode full"]]);
    const bad = await run("report", "--wait", "--set", "CODE=7");
    expect([bad.status, codes(bad.events)]).toEqual([7, [7, 7]]);
    const diagnosis = bad.events.find((event) => event.type === "diagnosis");
    expect(diagnosis).toMatchObject({ diagnosis: { causes: [{ kind: "program-exits", summary: "the program exits with code 7" }] } });
    const other = await run("report", "--wait", "--command", "sh -c 'echo other; exit 5'");
    expect([other.status, lines(other.events)]).toEqual([5, ["other", "other"]]);

    const seen = await status("report");
    expect(seen).toMatchObject({ kind: "job", job: "report", state: "ready", liveRevision: "fsd-local-report:1" });
    expect(seen.executions.map((execution) => execution.status)).toEqual(["FAILED", "FAILED", "SUCCEEDED"]);
    expect(seen.tasks.map(({ exitCode }) => exitCode)).toEqual([5, 5, 7, 7, 0]);
    expect(seen.schedules).toMatchObject([{ name: "schedule", timezone: "Europe/Berlin", enabled: true }]);
    expect((await world.fsd("logs", "report")).stdout).toContain("mode full");

    const { CloudWatchClient, DescribeAlarmsCommand } = await import("@aws-sdk/client-cloudwatch");
    const cloudWatch = new CloudWatchClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await eventually("the alarm of failed runs fires", async () => {
      const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ["fsd-local-report-run-failed"] }));
      return MetricAlarms[0]?.StateValue === "ALARM";
    });
    cloudWatch.destroy();
  });

  it("leaves a run when the one before goes on, and deletes what still runs", async () => {
    await deploy("report", strict);
    await run("report", "--set", "SLEEP=600");
    await eventually("the first run is on", async () => (await status("report")).tasks.some(({ lastStatus }) => lastStatus === "RUNNING"));
    const second = await run("report", "--wait");
    expect(second.status).toBe(1);
    expect(last(second.events)).toMatchObject({ outcome: "left", reason: "the run before is still going on, and concurrency is forbid" });
    expect((await status("report")).tasks).toHaveLength(1);
    const deleted = await world.fsd("delete", "report", "--yes");
    expect([deleted.status, deleted.stdout]).toEqual([0, expect.stringContaining("deleted fsd-local-report, 1 running task stopped")]);
  });

  it("goes on after a kill -9 of the platform in the middle of a run", async () => {
    await deploy("report", strict);
    await run("report", "--set", "SLEEP=600");
    await eventually("the run is on", async () => (await status("report")).tasks.some(({ lastStatus }) => lastStatus === "RUNNING"));
    const { pid } = await world.json<{ pid: number }>("local", "status");
    process.kill(pid, "SIGKILL");
    await eventually("the platform is gone", async () => (await world.fsd("status")).status !== 0);
    await world.up();
    // What the platform took with it counts as a failed attempt; the execution makes its second one.
    const seen = await eventually("the second attempt is on", async () => {
      const now = await status("report");
      return now.tasks.some(({ lastStatus }) => lastStatus === "RUNNING") && now.tasks.length === 2 ? now : undefined;
    });
    expect(seen.executions.map((execution) => execution.status)).toEqual(["RUNNING"]);
    expect(seen.tasks.filter(({ lastStatus }) => lastStatus === "STOPPED").map(({ exitCode }) => exitCode)).toEqual([137]);
  });

  it("is stopped when it takes too long", async () => {
    await deploy("slow", "  timeout: 20s\n");
    const late = await run("slow", "--wait", "--set", "SLEEP=600");
    expect(late.status).toBe(1);
    expect(last(late.events)).toMatchObject({ outcome: "timed-out", reason: "it took longer than its timeout and was stopped" });
    expect((await status("slow")).tasks.map(({ lastStatus }) => lastStatus)).toEqual(["STOPPED"]);
  });

  it("runs at its time", async () => {
    const at = new Date(Date.now() + 5_000).toISOString().slice(0, 19);
    await deploy("once", `  timeout: 10m\n  schedules:\n    - {name: soon, at: "${at}", environment: {MODE: scheduled}}\n`);
    const done = await eventually("the scheduled run has ended", async () => {
      const seen = await status("once");
      return seen.executions.some((execution) => execution.status === "SUCCEEDED") && seen.tasks[0]?.exitCode === 0 ? seen : undefined;
    });
    expect(done.schedules).toMatchObject([{ name: "soon", next: null }]);
    expect((await world.fsd("logs", "once")).stdout).toContain("mode scheduled");
  });
});

describe("a plain job", () => {
  it("is run by RunTask, by its schedule with the schedule's own changes, and what fails is kept in its queue", async () => {
    const at = new Date(Date.now() + 6_000).toISOString().slice(0, 19);
    await deploy("plain", `  count: 2\n  schedules:\n    - {name: soon, at: "${at}", environment: {MODE: scheduled}}\n`);
    const two = await run("plain", "--wait", "--set", "MODE=both");
    expect([two.status, codes(two.events), lines(two.events)]).toEqual([0, [0, 0], ["mode both", "mode both"]]);
    const bad = await run("plain", "--wait", "--count", "1", "--set", "CODE=4");
    expect([bad.status, codes(bad.events)]).toEqual([4, [4]]);
    await eventually("the scheduled run has ended", async () => {
      const { tasks } = await status("plain");
      return tasks.length === 5 && tasks.every(({ lastStatus }) => lastStatus === "STOPPED");
    });
    expect((await world.fsd("logs", "plain")).stdout.match(/mode scheduled/g)).toHaveLength(2);

    const { ListQueuesCommand, ReceiveMessageCommand, SQSClient } = await import("@aws-sdk/client-sqs");
    const sqs = new SQSClient({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: "fsd-local-plain" }));
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: QueueUrls[0], MaxNumberOfMessages: 10 }));
    expect(Messages.map(({ Body = "{}" }) => JSON.parse(Body).detail.containers[0].exitCode)).toEqual([4]);
    sqs.destroy();
  });
});

describe("a run that is waited for", () => {
  it.each([
    ["its machine", strict],
    ["RunTask", ""],
  ])("goes on after Ctrl-C, which ends with 130 and says so: by %s", async (_, more) => {
    await deploy("report", more);
    const { ended, kill } = await world.fsdUntil(/mode plain/, "run", "report", "--wait", "--set", "SLEEP=600");
    kill("SIGINT");
    const outcome = await ended;
    expect(outcome.status).toBe(130);
    expect(said(outcome)).toMatch(/stopped watching; report goes on: (execution|task) [\w-]+/);
    expect((await status("report")).tasks).toMatchObject([{ lastStatus: "RUNNING" }]);
  });

  it("and never starts is diagnosed", async () => {
    await deploy("report", "");
    const never = await run("report", "--wait", "--command", "no-such-program --now");
    expect(never.status).not.toBe(0);
    expect(never.events.find((event) => event.type === "task-ended")).toMatchObject({ exitCode: null, stopCode: "TaskFailedToStart" });
    const diagnosis = never.events.find((event) => event.type === "diagnosis");
    expect(JSON.stringify(diagnosis)).toContain("no-such-program");
    expect(last(never.events)).toMatchObject({ outcome: "failed" });
  });
});

describe("what cannot be run", () => {
  it("is said, and changes nothing", async () => {
    await deploy("report", strict);
    const refused = async (...args: string[]) => {
      const { status: code, stderr } = await world.fsd("run", ...args);
      return [code, stderr.split("\n")[0]];
    };
    expect(await refused("repotr")).toEqual([2, "error FSD5002 there is no service or job repotr in the environment local"]);
    expect(await refused("report", "--set", "A")).toEqual([2, 'error FSD5001 --set takes KEY=VALUE, not "A"']);
    expect(await refused("report", "--count", "11")).toEqual([2, 'error FSD5001 --count takes 1 to 10 tasks, not "11"']);
    expect(await refused("report", "--count", "2")).toEqual([2, "error FSD5001 report is run by its machine, which starts 1 task a run"]);
    expect(await refused("report", "--command", "a 'b")).toEqual([2, "error FSD5001 a quote in --command is not closed: a 'b"]);
    expect((await status("report")).executions).toEqual([]);
  });
});

describeWith("aws", "the AWS CLI", () => {
  it("starts a job's machine, and reads how the run went", async () => {
    await deploy("report", strict);
    const { machine } = await status("report");
    const aws = async (...args: string[]) => {
      const outcome = await world.run("aws", ["--endpoint-url", endpoint, "--output", "json", "stepfunctions", ...args]);
      expect(outcome).toExitWith(0);
      return JSON.parse(outcome.stdout);
    };
    const { executionArn } = await aws("start-execution", "--state-machine-arn", machine ?? "", "--input", '{"Overrides": {}}');
    const ended = await eventually("the execution ends", async () => {
      const seen = await aws("describe-execution", "--execution-arn", executionArn);
      return seen.status === "RUNNING" ? undefined : seen;
    });
    expect(ended.status).toBe("SUCCEEDED");
    // One attempt, in a branch of its own: its output is that branch's.
    expect(JSON.parse(ended.output)).toMatchObject([{ LastStatus: "STOPPED", Containers: [{ Name: "app", ExitCode: 0 }] }]);
    const { events } = await aws("get-execution-history", "--execution-arn", executionArn);
    expect(events.map(({ type }: { type: string }) => type)).toContain("TaskSubmitted");
    const { definition } = await aws("describe-state-machine", "--state-machine-arn", machine ?? "");
    expect(JSON.parse(definition).StartAt).toBe("Attempt");
  });
});
