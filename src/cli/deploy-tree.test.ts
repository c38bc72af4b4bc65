import { describe, expect, it } from "vitest";
import type { DeployEvent } from "../deploy/events.ts";
import { VirtualClock } from "../kit/virtual-clock.ts";
import { deployView } from "./deploy-view.ts";
import { Output } from "./output.ts";

const at = "2026-11-20T10:00:00.000Z";
const events: DeployEvent[] = [
  { at, type: "step", subject: "items", step: "image", state: "done", text: "packed sha256:0123 (3 files, 2 KiB)" },
  { at, type: "step", subject: "items", step: "stack", state: "running", text: "stack fsd-local-items" },
  {
    at,
    type: "resource",
    subject: "items",
    stack: "fsd-local-items",
    logicalId: "TaskRole",
    resourceType: "AWS::IAM::Role",
    status: "CREATE_COMPLETE",
  },
  {
    at,
    type: "resource",
    subject: "items",
    stack: "fsd-local-items",
    logicalId: "Service",
    resourceType: "AWS::ECS::Service",
    status: "CREATE_IN_PROGRESS",
  },
  {
    at,
    type: "rollout",
    subject: "items",
    revision: "items:1",
    status: "PRIMARY",
    rolloutState: "IN_PROGRESS",
    desired: 2,
    running: 1,
    pending: 1,
    failed: 0,
  },
];
const live: DeployEvent = {
  at,
  type: "outcome",
  subject: "items",
  outcome: "live",
  stack: "fsd-local-items",
  stackStatus: "CREATE_COMPLETE",
  liveRevision: "items:1",
  running: 2,
  url: "http://127.0.0.1:30001",
  seconds: 9.5,
};

function screen(isTTY: boolean, columns = 100): { output: Output; text: () => string } {
  let text = "";
  const sink = { write: (part: string) => (text += part), isTTY, columns, rows: 40 };
  return { output: new Output("text", { stdout: sink, stderr: sink, colour: false }), text: () => text };
}

describe("a deployment as it is shown", () => {
  it("is drawn over itself on a terminal, and what is over stays", () => {
    const clock = new VirtualClock();
    const { output, text } = screen(true);
    const view = deployView(output, "local", clock);
    for (const event of events) view.show(event);
    clock.advanceBy(1000);
    const drawn = text();
    expect(drawn).toContain("✓ packed sha256:0123 (3 files, 2 KiB)");
    expect(drawn).toContain("✓ 1 resource");
    expect(drawn).toMatch(/Service AWS::ECS::Service \d\.\d s/);
    expect(drawn).toContain("●○ items:1 1 of 2 running, 1 pending");
    view.show(live);
    view.end();
    expect(text().slice(drawn.length)).toContain("✓ items is live on local: items:1, 2 tasks, 9.5 s\n  http://127.0.0.1:30001\n");
    expect(clock.nextDue()).toBeUndefined();
  });

  it("is one line an event where nobody watches", () => {
    const { output, text } = screen(false);
    const view = deployView(output, "local", new VirtualClock());
    for (const event of [...events, live]) view.show(event);
    view.end();
    expect(text().split("\n")).toEqual([
      "10:00:00 items: ✓ packed sha256:0123 (3 files, 2 KiB)",
      "10:00:00 items: stack fsd-local-items …",
      "10:00:00 items: CREATE_COMPLETE TaskRole (AWS::IAM::Role)",
      "10:00:00 items: items:1 1 of 2 running, 1 pending",
      "✓ items is live on local: items:1, 2 tasks, 9.5 s",
      "  http://127.0.0.1:30001",
      "  next: fsd status items --env local · fsd logs items --env local -f",
      "",
    ]);
  });
});

describe("a deployment that is paused", () => {
  const paused: DeployEvent = {
    ...{ at, type: "paused", subject: "items", stage: "POST_SCALE_UP" },
    ...{ since: "2026-11-20T10:00:00.000Z", until: "2026-11-20T11:00:00.000Z", onTimeout: "ROLLBACK" },
  };
  const resumed: DeployEvent = { at, type: "resumed", subject: "items", stage: "POST_SCALE_UP" };

  it("says so in the tree with the commands that end it, and no longer once it goes on", () => {
    const { output, text } = screen(true);
    const clock = new VirtualClock(0);
    const view = deployView(output, "prod", clock);
    for (const event of [...events, paused]) view.show(event);
    clock.advanceBy(100);
    const before = text();
    expect(before).toContain("paused at POST_SCALE_UP since 10:00:00 UTC; at 11:00:00 UTC it is rolled back");
    expect(before).toMatch(/\n {6}go on: fsd promote items --env prod\n {6}back: fsd abort items --env prod\n/);
    view.show(resumed);
    clock.advanceBy(100);
    view.show(live);
    view.end();
    const settled = text().slice(before.length);
    expect(settled.slice(settled.lastIndexOf("stack fsd-local-items"))).not.toContain("paused");
  });

  it("prints commands that the terminal would break once, for good and whole", () => {
    const { output, text } = screen(true, 40);
    const clock = new VirtualClock(0);
    const view = deployView(output, "production", clock);
    for (const event of [...events, paused]) view.show(event);
    clock.advanceBy(300);
    const printed = text();
    expect(printed).toContain("\n  go on: fsd promote items --env production\n  back: fsd abort items --env production\n");
    expect(printed.match(/go on:/g)).toHaveLength(1);
    view.end();
  });

  const revision = (requests: number, errors: number) => {
    const some = requests > 0;
    const errorRate = some ? (errors / requests) * 100 : null;
    return { requests, errors, errorRate, latencyMs: some ? 12.5 : null, p99Ms: some ? 48 : null };
  };
  const traffic = (requests: number, errors: number, verdict: "no-traffic" | "worse"): DeployEvent => ({
    ...{ at, type: "traffic", subject: "items", since: "2026-11-20T10:00:00.000Z" },
    ...{ old: revision(1_200, 0), new: revision(requests, errors), verdict },
    findings: verdict === "worse" ? ["the new revision answers more of its requests with 5xx"] : [],
  });

  it("shows in the tree what old and new do with their requests, as it is now, until it goes on", () => {
    const { output, text } = screen(true);
    const clock = new VirtualClock(0);
    const view = deployView(output, "prod", clock);
    for (const event of [...events, paused, traffic(0, 0, "no-traffic"), traffic(60, 6, "worse")]) view.show(event);
    clock.advanceBy(100);
    const before = text();
    expect(before).toContain("      old: 1,200 requests, 0 % 5xx, 12.5 ms (p99 48 ms) since 10:00:00 UTC\n");
    expect(before).toContain(
      "      new: 60 requests, 10 % 5xx, 12.5 ms (p99 48 ms)\n      the new revision answers more of its requests with 5xx",
    );
    view.show(resumed);
    view.show(live);
    view.end();
    const settled = text().slice(before.length);
    expect(settled.slice(settled.lastIndexOf("stack fsd-local-items"))).not.toContain("5xx");
  });

  it("says in plain lines what old and new do with their requests when that means something else than before", () => {
    const { output, text } = screen(false);
    const view = deployView(output, "prod", new VirtualClock(0));
    for (const event of [traffic(0, 0, "no-traffic"), traffic(60, 6, "worse"), traffic(70, 7, "worse")]) view.show(event);
    const lines = text()
      .split("\n")
      .filter((line) => line.includes("old:"));
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain("new: 0 requests · the new revision was asked nothing yet");
    expect(lines[1]).toContain("new: 60 requests, 10 % 5xx");
  });

  it("says in plain lines when it waits and when it does no longer", () => {
    const { output, text } = screen(false);
    const view = deployView(output, "prod", new VirtualClock(0));
    for (const event of [paused, resumed]) view.show(event);
    expect(text()).toMatch(/items: paused at POST_SCALE_UP .*\n.*items: waits at POST_SCALE_UP no longer\n/);
  });
});
