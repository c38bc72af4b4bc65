import type { RequestListener } from "node:http";
import { request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld, type Served } from "../../../../test/support/balanced-world.ts";

let world: BalancedWorld;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => world.close());

const named =
  (name: string): RequestListener =>
  (incoming, response) => {
    response.setHeader("X-Path", incoming.url ?? "");
    response.setHeader("X-Host", incoming.headers.host ?? "");
    response.end(name);
  };

async function group(name: string, ...handlers: RequestListener[]): Promise<{ arn: string; targets: Served[] }> {
  const arn = await world.targetGroup(name);
  const targets = await Promise.all(handlers.map((handler) => world.serve(handler)));
  for (const target of targets) world.register(arn, target);
  return { arn, targets };
}

async function ask(url: string, options: { headers?: Record<string, string>; method?: "GET" | "POST" } = {}) {
  const { statusCode, headers, body } = await request(url, options);
  return { statusCode, headers, text: await body.text() };
}

const counted = (names: string[]) =>
  Object.fromEntries([...new Set(names)].sort().map((name) => [name, names.filter((other) => other === name).length]));
const cookiesOf = (headers: Record<string, string | string[] | undefined>) =>
  [headers["set-cookie"] ?? []].flat().map((cookie) => cookie.split(";")[0]!);

describe("a listener with rules", () => {
  it("sends each request where its rule says, and the rest where the default action says", async () => {
    const balancer = await world.loadBalancer();
    const web = await group("web", named("web"));
    const api = await group("api", named("api"));
    const { arn, url } = await world.listener(balancer, web.arn);
    const rule = (
      Priority: number,
      Conditions: NonNullable<Parameters<typeof world.ask<"CreateRule">>[1]["Conditions"]>,
      Actions: NonNullable<Parameters<typeof world.ask<"CreateRule">>[1]["Actions"]>,
    ) => world.ask("CreateRule", { ListenerArn: arn, Priority, Conditions, Actions });
    await rule(10, [{ Field: "path-pattern", Values: ["/api/*"] }], [{ Type: "forward", TargetGroupArn: api.arn }]);
    await rule(
      20,
      [{ Field: "host-header", HostHeaderConfig: { Values: ["old.example"] } }],
      [{ Type: "redirect", RedirectConfig: { Host: "new.example", Port: "443", Protocol: "HTTPS", StatusCode: "HTTP_301" } }],
    );
    await rule(
      30,
      [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["POST"] } }],
      [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "403", ContentType: "application/json", MessageBody: '{"no":1}' } }],
    );
    await Promise.all([...web.targets, ...api.targets].map((target) => world.reaches(target, "healthy")));

    expect((await ask(`${url}/`)).text).toBe("web");
    expect((await ask(`${url}/api/x?y=1`)).headers["x-path"]).toBe("/api/x?y=1");
    const moved = await ask(`${url}/a?b=c`, { headers: { host: "old.example" } });
    expect([moved.statusCode, moved.headers.location]).toEqual([301, "https://new.example:443/a?b=c"]);
    const refused = await ask(`${url}/`, { method: "POST" });
    expect([refused.statusCode, refused.text, refused.headers["content-type"]]).toEqual([
      403,
      '{"no":1}',
      "application/json; charset=utf-8",
    ]);
  });

  it("rewrites host and path where a rule says so", async () => {
    const balancer = await world.loadBalancer();
    const api = await group("api", named("api"));
    const { arn, url } = await world.listener(balancer, api.arn);
    await world.ask("CreateRule", {
      ListenerArn: arn,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", Values: ["/v1/*"] }],
      Actions: [{ Type: "forward", TargetGroupArn: api.arn }],
      Transforms: [
        { Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: "^/v1/(.*)$", Replace: "/$1" }] } },
        { Type: "host-header-rewrite", HostHeaderRewriteConfig: { Rewrites: [{ Regex: "^.*$", Replace: "internal.example" }] } },
      ],
    });
    await world.reaches(api.targets[0]!, "healthy");
    const { headers } = await ask(`${url}/v1/items?x=1`);
    expect([headers["x-path"], headers["x-host"]]).toEqual(["/items?x=1", "internal.example"]);
  });
});

describe("weights between two target groups", () => {
  it("are obeyed exactly, and a shift under load loses no request", async () => {
    const balancer = await world.loadBalancer();
    const slowly =
      (name: string): RequestListener =>
      (_, response) =>
        setTimeout(() => response.end(name), 2);
    const blue = await group("blue", slowly("blue"), slowly("blue"));
    const green = await group("green", slowly("green"));
    const { arn, url } = await world.listener(balancer, blue.arn);
    const forward = (blueWeight: number) => [
      {
        Type: "forward" as const,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: blue.arn, Weight: blueWeight },
            { TargetGroupArn: green.arn, Weight: 100 - blueWeight },
          ],
        },
      },
    ];
    const { Rules } = await world.ask("CreateRule", {
      ListenerArn: arn,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", Values: ["*"] }],
      Actions: forward(100),
    });
    const shift = (blueWeight: number) => world.ask("ModifyRule", { RuleArn: Rules![0]!.RuleArn!, Actions: forward(blueWeight) });
    await Promise.all([...blue.targets, ...green.targets].map((target) => world.reaches(target, "healthy")));

    await shift(95);
    expect(counted(await Promise.all(Array.from({ length: 100 }, async () => (await ask(url)).text)))).toEqual({ blue: 95, green: 5 });

    let stop = false;
    const failures: number[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop) {
        const { statusCode } = await ask(url);
        if (statusCode !== 200) failures.push(statusCode);
      }
    });
    for (const blueWeight of [90, 50, 25, 10, 0, 100, 0]) {
      await shift(blueWeight);
      await Promise.all(Array.from({ length: 10 }, () => ask(url)));
    }
    stop = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(counted(await Promise.all(Array.from({ length: 10 }, async () => (await ask(url)).text)))).toEqual({ green: 10 });
  });
});

describe("stickiness", () => {
  const attributes = (arn: string, values: Record<string, string>) =>
    world.ask("ModifyTargetGroupAttributes", {
      TargetGroupArn: arn,
      Attributes: Object.entries(values).map(([Key, Value]) => ({ Key, Value })),
    });

  it("by the load balancer's cookie keeps a client with its target until that goes away", async () => {
    const balancer = await world.loadBalancer();
    const tasks = await group("tasks", named("a"), named("b"));
    const { url } = await world.listener(balancer, tasks.arn);
    await attributes(tasks.arn, { "stickiness.enabled": "true", "stickiness.lb_cookie.duration_seconds": "60" });
    await Promise.all(tasks.targets.map((target) => world.reaches(target, "healthy")));
    const first = await ask(url);
    const cookie = cookiesOf(first.headers);
    expect(cookie.map((pair) => pair.split("=")[0])).toEqual(["AWSALB", "AWSALBCORS"]);
    for (let turn = 0; turn < 5; turn++) expect((await ask(url, { headers: { cookie: cookie[0]! } })).text).toBe(first.text);
    world.loadBalancing.deregister(tasks.arn, tasks.targets[first.text === "a" ? 0 : 1]!);
    expect((await ask(url, { headers: { cookie: cookie[0]! } })).text).not.toBe(first.text);
  });

  it("by the application's cookie begins when the application sets it", async () => {
    const balancer = await world.loadBalancer();
    const handler =
      (name: string): RequestListener =>
      (incoming, response) => {
        if (incoming.url === "/login") response.setHeader("Set-Cookie", "SESSION=1; Path=/");
        response.end(name);
      };
    const tasks = await group("tasks", handler("a"), handler("b"));
    const { url } = await world.listener(balancer, tasks.arn);
    await attributes(tasks.arn, {
      "stickiness.enabled": "true",
      "stickiness.type": "app_cookie",
      "stickiness.app_cookie.cookie_name": "SESSION",
    });
    await Promise.all(tasks.targets.map((target) => world.reaches(target, "healthy")));
    expect(cookiesOf((await ask(url)).headers)).toEqual([]);
    const login = await ask(`${url}/login`);
    const cookie = cookiesOf(login.headers)
      .filter((pair) => !pair.includes("CORS"))
      .join("; ");
    expect(cookie).toMatch(/^SESSION=1; AWSALBAPP-0=/);
    for (let turn = 0; turn < 5; turn++) expect((await ask(url, { headers: { cookie } })).text).toBe(login.text);
  });

  it("to a target group keeps a client on its side of a weighted rule", async () => {
    const balancer = await world.loadBalancer();
    const blue = await group("blue", named("blue"));
    const green = await group("green", named("green"));
    const { arn, url } = await world.listener(balancer, blue.arn);
    await world.ask("ModifyListener", {
      ListenerArn: arn,
      DefaultActions: [
        {
          Type: "forward",
          ForwardConfig: {
            TargetGroups: [
              { TargetGroupArn: blue.arn, Weight: 1 },
              { TargetGroupArn: green.arn, Weight: 1 },
            ],
            TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
          },
        },
      ],
    });
    await Promise.all([...blue.targets, ...green.targets].map((target) => world.reaches(target, "healthy")));
    const first = await ask(url);
    const [cookie] = cookiesOf(first.headers);
    for (let turn = 0; turn < 5; turn++) expect((await ask(url, { headers: { cookie: cookie! } })).text).toBe(first.text);
  });
});
