import { describe, expect, it } from "vitest";
import { redirectLocation } from "./redirect.ts";
import type { Condition, RoutedRequest, RoutingRule } from "./routing-rule.ts";
import { compileRules, hostWithoutPort } from "./rule-matching.ts";

const request = (overrides: Partial<RoutedRequest> & { headers?: Record<string, string> } = {}): RoutedRequest => ({
  method: "GET",
  host: "shop.example:8080",
  path: "/items/7",
  query: "",
  sourceIp: "127.0.0.1",
  header: (name) => overrides.headers?.[name],
  ...overrides,
});
const rule = (arn: string, priority: number, ...conditions: Condition[]): RoutingRule => ({
  arn,
  priority,
  conditions,
  action: { type: "fixed-response", statusCode: 200, contentType: "text/plain", body: arn },
  transforms: [],
});
const met = (rules: RoutingRule[], asked: RoutedRequest) => compileRules(rules)(asked)?.arn;
const holds = (condition: Condition, asked: RoutedRequest) => met([rule("met", 1, condition)], asked) === "met";

describe("rules of a listener", () => {
  it("are asked by ascending priority, the default rule last", () => {
    const path = (...values: string[]): Condition => ({ field: "path-pattern", values, regexValues: [] });
    const rules = [
      rule("default", Infinity),
      rule("second", 20, path("/items/*")),
      rule("first", 10, path("/items/7")),
      rule("third", 30, path("*")),
    ];
    expect(met(rules, request())).toBe("first");
    expect(met(rules, request({ path: "/items/8" }))).toBe("second");
    expect(met(rules.slice(0, 3), request({ path: "/else" }))).toBe("default");
  });

  it("hold when every condition holds, by any of its values", () => {
    const both = rule(
      "both",
      1,
      { field: "http-request-method", values: ["PUT", "POST"] },
      { field: "path-pattern", values: ["/a", "/b"], regexValues: [] },
    );
    expect(met([both], request({ method: "POST", path: "/b" }))).toBe("both");
    expect(met([both], request({ method: "GET", path: "/b" }))).toBeUndefined();
    expect(met([both], request({ method: "PUT", path: "/B" }))).toBeUndefined();
  });

  it("match hosts without regard to case and port", () => {
    const condition: Condition = { field: "host-header", values: ["*.Example"], regexValues: [] };
    expect(holds(condition, request({ host: "SHOP.example:8080" }))).toBe(true);
    expect(holds(condition, request({ host: "example" }))).toBe(false);
    expect(hostWithoutPort("[::1]:80")).toBe("[::1]");
  });

  it("match with * for any characters, none included, and ? for exactly one", () => {
    const path = (...values: string[]): Condition => ({ field: "path-pattern", values, regexValues: [] });
    expect(["/items/", "/items/7", "/items/7/parts", "/item"].map((each) => holds(path("/items/*"), request({ path: each })))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(["/v1/x", "/v/x", "/v12/x"].map((each) => holds(path("/v?/x"), request({ path: each })))).toEqual([true, false, false]);
    const host: Condition = { field: "host-header", values: ["shop?.example"], regexValues: [] };
    expect(["shop1.example", "shop.example"].map((each) => holds(host, request({ host: each })))).toEqual([true, false]);
    // What is special in an expression is not here.
    expect(holds(path("/a.c"), request({ path: "/abc" }))).toBe(false);
  });

  it("match headers, queries and addresses", () => {
    expect(
      holds(
        { field: "http-header", name: "User-Agent", values: ["*chrome*"], regexValues: [] },
        request({ headers: { "user-agent": "Mozilla Chrome/1" } }),
      ),
    ).toBe(true);
    expect(holds({ field: "http-header", name: "X-None", values: ["*"], regexValues: [] }, request())).toBe(false);
    const version: Condition = { field: "query-string", values: [{ key: "version", value: "v1" }, { value: "*example*" }] };
    expect(holds(version, request({ query: "a=b&Version=V1" }))).toBe(true);
    expect(holds(version, request({ query: "x=an-example-b" }))).toBe(true);
    expect(holds(version, request({ query: "version=v2" }))).toBe(false);
    expect(holds({ field: "source-ip", values: ["127.0.0.0/8"] }, request())).toBe(true);
    expect(holds({ field: "source-ip", values: ["10.0.0.0/8", "127.0.0.2/32"] }, request())).toBe(false);
    expect(holds({ field: "source-ip", values: ["0.0.0.0/0"] }, request({ sourceIp: "203.0.113.9" }))).toBe(true);
  });

  it("match regular expressions where the API takes them", () => {
    expect(holds({ field: "path-pattern", values: [], regexValues: ["^/items/\\d+$"] }, request())).toBe(true);
    expect(holds({ field: "host-header", values: [], regexValues: ["^SHOP\\."] }, request())).toBe(true);
  });
});

describe("a redirect", () => {
  it("takes from the request what it names", () => {
    const parts = {
      type: "redirect",
      host: "#{host}",
      port: "443",
      path: "/new/#{path}",
      query: "#{query}&from=#{port}",
      statusCode: 301,
    } as const;
    const location = redirectLocation({ ...parts, protocol: "HTTPS" }, request({ query: "y=1" }), { protocol: "HTTP", port: 20_080 });
    expect(location).toBe("https://shop.example:443/new/items/7?y=1&from=20080");
  });

  it("escapes what a rule says in characters that a header cannot hold, and nothing of the client's", () => {
    const location = redirectLocation(
      { type: "redirect", protocol: "HTTPS", host: "#{host}", port: "443", path: "/日 é/#{path}", query: "q=é&#{query}", statusCode: 302 },
      request({ query: "y=%20" }),
      { protocol: "HTTP", port: 80 },
    );
    expect(location).toBe("https://shop.example:443/%E6%97%A5%20%C3%A9/items/7?q=%C3%A9&y=%20");
  });
});
