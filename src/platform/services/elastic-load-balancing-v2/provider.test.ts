import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";

let world: BalancedWorld;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => world.close());

const attempt = async (asked: Promise<unknown>): Promise<{ name: string; message: string }> => {
  const failure = await asked.then(
    () => new Error("it succeeded"),
    (reason: Error) => reason,
  );
  return { name: failure.name, message: failure.message };
};
const forward = (TargetGroupArn: string) => [{ Type: "forward" as const, TargetGroupArn }];
const onPath = (path: string) => [{ Field: "path-pattern", Values: [path] }];

describe("what is created", () => {
  it("has ARNs, names and attributes as AWS gives them", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn } = await world.listener(balancer, group);
    expect(balancer).toMatch(/^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/web\/[0-9a-f]{16}$/);
    expect(group).toMatch(/^arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup\/tasks\/[0-9a-f]{16}$/);
    expect(arn).toMatch(/:listener\/app\/web\/[0-9a-f]{16}\/[0-9a-f]{16}$/);
    const { LoadBalancers } = await world.ask("DescribeLoadBalancers", { Names: ["web"] });
    expect(LoadBalancers).toMatchObject([
      { State: { Code: "active" }, Type: "application", Scheme: "internet-facing", VpcId: "vpc-1", SecurityGroups: ["sg-1"] },
    ]);
    expect(LoadBalancers![0]!.DNSName).toMatch(/^web-\d{10}\.us-east-1\.elb\.amazonaws\.com$/);
    const { TargetGroups } = await world.ask("DescribeTargetGroups", { LoadBalancerArn: balancer });
    expect(TargetGroups).toMatchObject([
      { TargetGroupArn: group, LoadBalancerArns: [balancer], TargetType: "ip", Matcher: { HttpCode: "200" } },
    ]);
    const { Listeners } = await world.ask("DescribeListeners", { LoadBalancerArn: balancer });
    expect(Listeners![0]!.DefaultActions).toEqual([
      {
        Type: "forward",
        TargetGroupArn: group,
        ForwardConfig: { TargetGroups: [{ TargetGroupArn: group, Weight: 1 }], TargetGroupStickinessConfig: { Enabled: false } },
      },
    ]);
    const { Attributes } = await world.ask("DescribeTargetGroupAttributes", { TargetGroupArn: group });
    expect(Attributes).toContainEqual({ Key: "deregistration_delay.timeout_seconds", Value: "300" });
  });

  it("is the same when it is created again alike, and refused when it is created again otherwise", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn } = await world.listener(balancer, group);
    expect(await world.loadBalancer()).toBe(balancer);
    expect(await world.targetGroup()).toBe(group);
    expect((await world.listener(balancer, group)).arn).toBe(arn);
    expect(
      await attempt(world.ask("CreateLoadBalancer", { Name: "web", Subnets: ["subnet-a", "subnet-b"], Scheme: "internal" })),
    ).toMatchObject({ name: "DuplicateLoadBalancerNameException" });
    expect(await attempt(world.targetGroup("tasks", { Port: 9090 }))).toMatchObject({ name: "DuplicateTargetGroupNameException" });
    const other = await world.targetGroup("other");
    expect(await attempt(world.listener(balancer, other))).toEqual({
      name: "DuplicateListenerException",
      message: `A listener already exists on this port for this load balancer '${balancer}'`,
    });
  });

  it("carries tags, and a listener the port that answers for it", async () => {
    const balancer = await world.loadBalancer();
    const { arn, url } = await world.listener(balancer, await world.targetGroup());
    await world.ask("AddTags", { ResourceArns: [balancer, arn], Tags: [{ Key: "team", Value: "shop" }] });
    const { TagDescriptions } = await world.ask("DescribeTags", { ResourceArns: [balancer, arn] });
    expect(TagDescriptions).toEqual([
      { ResourceArn: balancer, Tags: [{ Key: "team", Value: "shop" }] },
      {
        ResourceArn: arn,
        Tags: [
          { Key: "team", Value: "shop" },
          { Key: "aws:fsd:host-port", Value: new URL(url).port },
        ],
      },
    ]);
    await world.ask("RemoveTags", { ResourceArns: [balancer], TagKeys: ["team"] });
    expect((await world.ask("DescribeTags", { ResourceArns: [balancer] })).TagDescriptions![0]!.Tags).toEqual([]);
    expect(await attempt(world.ask("AddTags", { ResourceArns: [arn], Tags: [{ Key: "a" }, { Key: "a" }] }))).toMatchObject({
      name: "DuplicateTagKeysException",
    });
  });
});

describe("what is still needed", () => {
  it("is not deleted: a target group that a rule names, a default rule, a protected load balancer", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn } = await world.listener(balancer, group);
    expect(await attempt(world.ask("DeleteTargetGroup", { TargetGroupArn: group }))).toEqual({
      name: "ResourceInUseException",
      message: `Target group '${group}' is currently in use by a listener or a rule`,
    });
    const { Rules } = await world.ask("DescribeRules", { ListenerArn: arn });
    expect(Rules).toMatchObject([{ Priority: "default", IsDefault: true }]);
    expect(await attempt(world.ask("DeleteRule", { RuleArn: Rules![0]!.RuleArn }))).toMatchObject({
      name: "OperationNotPermittedException",
    });
    const protect = (Value: string) =>
      world.ask("ModifyLoadBalancerAttributes", { LoadBalancerArn: balancer, Attributes: [{ Key: "deletion_protection.enabled", Value }] });
    await protect("true");
    expect(await attempt(world.ask("DeleteLoadBalancer", { LoadBalancerArn: balancer }))).toMatchObject({
      name: "OperationNotPermittedException",
    });
    await protect("false");

    await world.ask("DeleteLoadBalancer", { LoadBalancerArn: balancer });
    expect(await attempt(world.ask("DescribeListeners", { ListenerArns: [arn] }))).toMatchObject({ name: "ListenerNotFoundException" });
    await world.ask("DeleteTargetGroup", { TargetGroupArn: group });
    expect(await attempt(world.ask("DescribeTargetGroups", { TargetGroupArns: [group] }))).toMatchObject({
      name: "TargetGroupNotFoundException",
    });
    // Again: what is gone is gone.
    await world.ask("DeleteLoadBalancer", { LoadBalancerArn: balancer });
    await world.ask("DeleteTargetGroup", { TargetGroupArn: group });
  });
});

describe("rules", () => {
  it("keep their priorities apart", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn } = await world.listener(balancer, group);
    const rule = async (Priority: number) => {
      const { Rules } = await world.ask("CreateRule", {
        ListenerArn: arn,
        Priority,
        Conditions: onPath(`/${Priority}`),
        Actions: forward(group),
      });
      return Rules![0]!.RuleArn!;
    };
    const [first, second] = [await rule(1), await rule(2)];
    expect(await attempt(rule(2))).toEqual({ name: "PriorityInUseException", message: "Priority '2' is currently in use" });
    expect(await attempt(world.ask("SetRulePriorities", { RulePriorities: [{ RuleArn: first, Priority: 2 }] }))).toMatchObject({
      name: "PriorityInUseException",
    });
    await world.ask("SetRulePriorities", {
      RulePriorities: [
        { RuleArn: first, Priority: 2 },
        { RuleArn: second, Priority: 1 },
      ],
    });
    const { Rules } = await world.ask("DescribeRules", { ListenerArn: arn });
    expect(Rules!.map(({ RuleArn, Priority }) => [RuleArn, Priority])).toEqual([
      [second, "1"],
      [first, "2"],
      [expect.any(String), "default"],
    ]);
    await world.ask("DeleteRule", { RuleArn: second });
    expect(await attempt(world.ask("DescribeRules", { RuleArns: [second] }))).toMatchObject({ name: "RuleNotFoundException" });
  });

  it("are a hundred at most", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { arn } = await world.listener(balancer, group);
    const rule = (Priority: number) =>
      world.ask("CreateRule", { ListenerArn: arn, Priority, Conditions: onPath(`/${Priority}`), Actions: forward(group) });
    for (let priority = 1; priority <= 100; priority++) await rule(priority);
    expect(await attempt(rule(101))).toMatchObject({ name: "TooManyRulesException" });
  });

  it("use target groups of their own load balancer only", async () => {
    const [one, two] = [await world.loadBalancer("one"), await world.loadBalancer("two")];
    const group = await world.targetGroup();
    await world.listener(one, group);
    expect(await attempt(world.listener(two, group))).toEqual({
      name: "TargetGroupAssociationLimitException",
      message: `The following target groups cannot be associated with more than one load balancer: '${group}'`,
    });
  });

  it.each([
    ["no condition", [], "A condition must be specified"],
    ["an unknown field", [{ Field: "moon-phase", Values: ["full"] }], "must be one of"],
    ...[
      { Field: "host-header", Values: ["a"] },
      { Field: "path-pattern", Values: ["/a"] },
      { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET"] } },
      { Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.0/8"] } },
    ].map((condition): [string, object[], string] => [
      `two conditions of ${condition.Field}`,
      [condition, condition],
      `at most one '${condition.Field}'`,
    ]),
    ["six values", [{ Field: "path-pattern", Values: ["/1", "/2", "/3", "/4", "/5", "/6"] }], "at most 5 condition values"],
    ["six wildcards", [{ Field: "path-pattern", Values: ["/*/*/*", "/?/?/?"] }], "at most 5 wildcard"],
    ["a wrong block", [{ Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.1"] } }], "not a valid CIDR block"],
    ["a wrong method", [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }], "not a valid HTTP method"],
    ["a wrong expression", [{ Field: "path-pattern", PathPatternConfig: { RegexValues: ["("] } }], "not valid"],
  ])("with %s are refused", async (_, conditions, message) => {
    const group = await world.targetGroup();
    const { arn } = await world.listener(await world.loadBalancer(), group);
    const refused = await attempt(
      world.ask("CreateRule", { ListenerArn: arn, Priority: 1, Conditions: conditions, Actions: forward(group) }),
    );
    expect(refused.name).toBe("ValidationError");
    expect(refused.message).toContain(message);
  });
});

describe("a request that is wrong", () => {
  it.each([
    [
      "a missing target group",
      { Type: "forward", TargetGroupArn: "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/none/0123456789abcdef" },
      "TargetGroupNotFoundException",
    ],
    ["a redirect to itself", { Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }, "InvalidLoadBalancerActionException"],
    ["a fixed response of 302", { Type: "fixed-response", FixedResponseConfig: { StatusCode: "302" } }, "ValidationError"],
    ["nothing but the authentication of users", { Type: "authenticate-oidc" }, "InvalidLoadBalancerActionException"],
    ["no target group", { Type: "forward" }, "ValidationError"],
  ] as const)("names the error: an action with %s", async (_, action, name) => {
    const LoadBalancerArn = await world.loadBalancer();
    expect(
      await attempt(world.ask("CreateListener", { LoadBalancerArn, Port: 80, Protocol: "HTTP", DefaultActions: [action] })),
    ).toMatchObject({ name });
    expect((await world.ask("DescribeListeners", { LoadBalancerArn })).Listeners).toEqual([]);
  });

  it.each([
    ["timeout not below the interval", { HealthCheckTimeoutSeconds: 5 }, "must be smaller than the interval"],
    ["interval of four seconds", { HealthCheckIntervalSeconds: 4 }, "interval '4' must be greater than or equal to 5"],
    ["interval of 301 seconds", { HealthCheckIntervalSeconds: 301 }, "less than or equal to 300"],
    ["threshold of one success", { HealthyThresholdCount: 1 }, "Healthy threshold count '1' must be greater than or equal to 2"],
    ["threshold of eleven successes", { HealthyThresholdCount: 11 }, "less than or equal to 10"],
    ["threshold of one failure", { UnhealthyThresholdCount: 1 }, "Unhealthy threshold count '1' must be greater than or equal to 2"],
    ["threshold of eleven failures", { UnhealthyThresholdCount: 11 }, "less than or equal to 10"],
    ["matcher below 200", { Matcher: { HttpCode: "199-299" } }, "200"],
    ["matcher beyond 499", { Matcher: { HttpCode: "200-599" } }, "499"],
    ["path without a slash", { HealthCheckPath: "health" }, "must begin with a '/'"],
    ["target type of lambda", { TargetType: "lambda" as const }, "lambda"],
    ["name of 33 letters", { Name: "n".repeat(33) }, "n".repeat(33)],
    ["name with an underscore", { Name: "a_b" }, "a_b"],
  ])("names the error: a target group with a %s", async (_, settings, sentence) => {
    const { name, message } = await attempt(world.targetGroup("tasks", settings));
    expect([name, message]).toEqual(["ValidationError", expect.stringContaining(sentence)]);
  });

  it.each([
    { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 4, HealthyThresholdCount: 2, UnhealthyThresholdCount: 10 },
    { HealthCheckIntervalSeconds: 300, HealthCheckTimeoutSeconds: 120, HealthyThresholdCount: 10, UnhealthyThresholdCount: 2 },
    { Matcher: { HttpCode: "200-499" }, HealthCheckPath: "/ready?deep=1" },
  ])("is none: a target group with %j", async (settings) => {
    await world.targetGroup("tasks", settings);
    expect((await world.ask("DescribeTargetGroups", { Names: ["tasks"] })).TargetGroups).toMatchObject([settings]);
  });

  it("names the error: attributes, targets and subnets that are not", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const attribute = (Key: string, Value: string) =>
      attempt(world.ask("ModifyTargetGroupAttributes", { TargetGroupArn: group, Attributes: [{ Key, Value }] }));
    expect(await attribute("deregistration_delay.timeout_seconds", "3601")).toMatchObject({ name: "ValidationError" });
    expect(await attribute("no.such.attribute", "1")).toEqual({
      name: "ValidationError",
      message: "Attribute key 'no.such.attribute' is not recognized",
    });
    expect(await attempt(world.ask("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "8.8.8.8" }] }))).toMatchObject({
      name: "InvalidTargetException",
    });
    expect(await attempt(world.ask("RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "i-0123" }] }))).toMatchObject({
      name: "ValidationError",
    });
    expect(await attempt(world.ask("CreateLoadBalancer", { Name: "x", Subnets: ["subnet-none"] }))).toMatchObject({
      name: "SubnetNotFoundException",
    });
    expect(await attempt(world.ask("DescribeLoadBalancers", { Names: ["none"] }))).toEqual({
      name: "LoadBalancerNotFoundException",
      message: "Load balancers '[none]' not found",
    });
    expect(await attempt(world.ask("SetSecurityGroups", { LoadBalancerArn: balancer, SecurityGroups: ["sg-none"] }))).toMatchObject({
      name: "InvalidSecurityGroupException",
    });
  });

  it("pages through long listings", async () => {
    for (let index = 0; index < 5; index++) await world.targetGroup(`group-${index}`);
    const names: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await world.ask("DescribeTargetGroups", { PageSize: 2, Marker });
      names.push(...page.TargetGroups!.map(({ TargetGroupName }) => TargetGroupName));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(names).toEqual(["group-0", "group-1", "group-2", "group-3", "group-4"]);
  });
});
