import type { RequestListener } from "node:http";
import { Agent, request } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import { BalancedWorld, type Served } from "../../../../test/support/balanced-world.ts";

let world: BalancedWorld;
afterEach(() => world.close());

/** The same choices for the same seed. */
function choices(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * below);
  };
}

interface Side {
  readonly group: string;
  readonly targets: Served[];
}

describe("whatever is changed about a load balancer under load", () => {
  const seed = Number(process.env.FSD_SEED ?? Math.floor(Math.random() * 1_000_000));

  it(`no request fails while a healthy target is there to take it (FSD_SEED=${seed})`, async () => {
    world = new BalancedWorld();
    const choose = choices(seed);
    const answer: RequestListener = (incoming, response) => {
      incoming.resume();
      // Some programs promise to keep connections, some close them, some say for how long.
      if (incoming.url?.endsWith("7")) response.setHeader("Connection", "close");
      incoming.on("end", () => setTimeout(() => response.end("served"), incoming.url === "/health" ? 0 : 2));
    };
    const balancer = await world.loadBalancer();
    const sides: Side[] = [];
    for (const name of ["blue", "green"]) sides.push({ group: await world.targetGroup(name), targets: [] });
    const [blue, green] = sides as [Side, Side];
    const { arn, url } = await world.listener(balancer, blue.group);
    const forward = (weight: number) => [
      {
        Type: "forward" as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: blue.group, Weight: weight },
            { TargetGroupArn: green.group, Weight: 100 - weight },
          ],
        },
      },
    ];
    await world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: forward(50) });
    const grow = async ({ group, targets }: Side): Promise<void> => {
      const target = await world.serve(answer);
      world.register(group, target);
      await world.reaches(target, "healthy");
      targets.push(target);
    };
    for (const side of sides) await grow(side);

    const agent = new Agent({ connections: 8, pipelining: 1 });
    const failures: string[] = [];
    let stop = false;
    const clients = Array.from({ length: 8 }, async (_, client) => {
      for (let turn = 0; !stop; turn++) {
        const method = (client + turn) % 3 === 0 ? "POST" : "GET";
        try {
          const { statusCode, body } = await request(`${url}/${turn}`, {
            dispatcher: agent,
            method,
            ...(method === "POST" ? { body: "b".repeat(100) } : {}),
          });
          if (statusCode !== 200) failures.push(`${method} ${statusCode}`);
          await body.dump();
        } catch (failure) {
          failures.push(`${method} ${failure}`);
        }
      }
    });

    const rules: string[] = [];
    const actions: (() => Promise<unknown>)[] = [
      () => grow(sides[choose(2)]!),
      async () => {
        const { group, targets } = sides[choose(2)]!;
        if (targets.length < 2) return;
        const [leaving] = targets.splice(choose(targets.length), 1);
        world.loadBalancing.deregister(group, leaving!);
        await world.reaches(leaving!, "unused");
        leaving!.kill();
      },
      () => world.ask("ModifyListener", { ListenerArn: arn, DefaultActions: forward(choose(101)) }),
      async () => {
        const { Rules } = await world.ask("CreateRule", {
          ListenerArn: arn,
          Priority: 1 + choose(50_000),
          Conditions: [{ Field: "path-pattern", Values: [`*${choose(10)}`] }],
          Actions: forward(choose(101)),
        });
        rules.push(Rules![0]!.RuleArn!);
      },
      async () => {
        const [RuleArn] = rules.splice(0, 1);
        if (RuleArn !== undefined) await world.ask("DeleteRule", { RuleArn });
      },
      () =>
        world.ask("ModifyTargetGroupAttributes", {
          TargetGroupArn: sides[choose(2)]!.group,
          Attributes: [
            { Key: "load_balancing.algorithm.type", Value: ["round_robin", "least_outstanding_requests", "weighted_random"][choose(3)]! },
          ],
        }),
      async () => {
        const { group, targets } = sides[choose(2)]!;
        if (targets.length < 2) return;
        // Called off before its drain is over.
        const staying = targets[choose(targets.length)]!;
        world.loadBalancing.deregister(group, staying);
        world.register(group, staying);
        await world.reaches(staying, "healthy");
      },
    ];
    for (let step = 0; step < 80; step++) await actions[choose(actions.length)]!();
    stop = true;
    await Promise.all(clients);
    await agent.close();
    expect(failures).toEqual([]);
  });
});
