import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { HookEvent } from "../../../controller/ports.ts";
import type { Call } from "../../gateway/operations.ts";
import { ListenerRuleWeights } from "./listener-rule-weights.ts";
import { LocalHooks } from "./local-hooks.ts";

const unexpected = (failure: unknown): never => {
  throw failure;
};

test("of weights that wait behind a change only the newest is given", async () => {
  const given: unknown[] = [];
  const waiting: (() => void)[] = [];
  const call = (async (
    _service: string,
    operation: string,
    input: { Actions?: { ForwardConfig: { TargetGroups: { Weight: number }[] } }[] },
  ) => {
    if (operation === "DescribeRules") return { Rules: [{ Actions: [{ Type: "forward" }] }] };
    given.push([operation, input.Actions?.[0]?.ForwardConfig.TargetGroups.map((group) => group.Weight)]);
    await new Promise<void>((resolve) => waiting.push(resolve));
  }) as unknown as Call;
  const rules = new ListenerRuleWeights({ call, report: unexpected });
  const rule = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener-rule/app/a/b/c/d";
  for (const weight of [10, 20, 100]) rules.setWeights(rule, [{ targetGroupArn: "green", weight }]);
  const change = async (): Promise<void> => {
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    waiting.shift()?.();
  };
  await change();
  await change();
  expect(given).toEqual([
    ["ModifyRule", [10]],
    ["ModifyRule", [100]],
  ]);
});

async function ask(answer: { status: number; body: unknown }, target?: string): Promise<{ event: HookEvent; asked: unknown }> {
  let asked: unknown;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked = JSON.parse(Buffer.concat(chunks).toString());
      response.writeHead(answer.status, { connection: "close" }).end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const event = await new Promise<HookEvent>((resolve) => {
    new LocalHooks({ emit: resolve, report: () => undefined, standIn: () => undefined }).call({
      hookId: "h",
      target: target ?? url,
      stage: "POST_SCALE_UP",
      serviceArn: "s",
      serviceDeploymentArn: "d",
      targetServiceRevisionArn: "r",
    });
  });
  await new Promise((resolve) => server.close(resolve));
  return { event, asked };
}

test("a hook is asked as a function would be, and its answer taken as one's", async () => {
  const { event, asked } = await ask({ status: 200, body: { hookStatus: "IN_PROGRESS", callBackDelay: 5 } });
  expect(event).toEqual({ type: "hook-answered", serviceArn: "s", hookId: "h", status: "IN_PROGRESS", callBackDelayMs: 5_000 });
  expect(asked).toMatchObject({ executionId: "h", lifecycleStage: "POST_SCALE_UP", resourceArn: "d" });
});

test("a hook that breaks, or a function that cannot run here, has failed", async () => {
  expect((await ask({ status: 500, body: {} })).event.status).toBe("FAILED");
  expect((await ask({ status: 200, body: { hookStatus: "MAYBE" } })).event.status).toBe("FAILED");
  expect((await ask({ status: 200, body: {} }, "arn:aws:lambda:us-east-1:000000000000:function:f")).event.status).toBe("FAILED");
});

test("a request to the API cannot have a command run", async () => {
  const failures: unknown[] = [];
  const event = await new Promise<HookEvent>((resolve) => {
    new LocalHooks({ emit: resolve, report: (failure) => failures.push(failure), standIn: () => undefined }).call({
      hookId: "h",
      target: "arn:aws:lambda:us-east-1:000000000000:function:check",
      details: { localCommand: [process.execPath, "-e", "console.log('{}')"] },
      stage: "POST_SCALE_UP",
      serviceArn: "s",
      serviceDeploymentArn: "d",
      targetServiceRevisionArn: "r",
    });
  });
  expect(event.status).toBe("FAILED");
  expect(String(failures[0])).toContain("give the function a stand-in");
});
