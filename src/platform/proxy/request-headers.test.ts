import { describe, expect, it } from "vitest";
import { type ForwardedRequest, passedHeaders, requestHeaders } from "./request-headers.ts";

const forwarded = (rawHeaders: string[], more: Partial<ForwardedRequest> = {}): string[] =>
  requestHeaders({
    ...{ rawHeaders, clientAddress: "10.0.0.9", clientPort: 4711, proto: "https", port: 443, trace: "1-00000000-a", identity: [] },
    forwardedFor: { mode: "append", withClientPort: false },
    dropInvalidHeaders: false,
    ...more,
  });
const ADDED = ["X-Forwarded-For", "10.0.0.9", "X-Forwarded-Proto", "https", "X-Forwarded-Port", "443"];
const TRACED = ["X-Amzn-Trace-Id", "Root=1-00000000-a"];
const PSEUDO = [":method", "GET", ":path", "/", ":authority", "shop.example"];

describe("the Host of a request over HTTP/2 is its authority", () => {
  it.each<[string, string[]]>([
    ["where it has no Host", PSEUDO],
    ["whatever Host it has", [...PSEUDO, "Host", "other.example"]],
  ])("%s", (_, rawHeaders) => {
    expect(passedHeaders(rawHeaders, "shop.example", undefined)).toEqual(["Host", "shop.example"]);
    expect(forwarded(rawHeaders, { host: "shop.example" })).toEqual(["Host", "shop.example", ...ADDED, ...TRACED]);
  });
});

describe("a request's headers", () => {
  it("go on without those of the connection, also those that Connection names, but for Host", () => {
    const rawHeaders = ["Host", "a", "Connection", "X-Hop, Host, close", "X-Hop", "1", "TE", "trailers", "Accept", "*/*"];
    expect(passedHeaders(rawHeaders, undefined, "5")).toEqual(["Host", "a", "Accept", "*/*", "Content-Length", "5"]);
    expect(forwarded(rawHeaders)).toEqual(["Host", "a", "Accept", "*/*", ...ADDED, ...TRACED]);
  });

  it("say who the user is only where a service passes them on, never where a client of the load balancer claims it", () => {
    const rawHeaders = ["Host", "a", "X-Amzn-Oidc-Identity", "ada"];
    expect(passedHeaders(rawHeaders, undefined, undefined)).toEqual(rawHeaders);
    expect(forwarded(rawHeaders)).toEqual(["Host", "a", ...ADDED, ...TRACED]);
    expect(forwarded(rawHeaders, { identity: ["x-amzn-oidc-identity", "eve"] }).slice(-2)).toEqual(["x-amzn-oidc-identity", "eve"]);
  });

  it("carry on the chain of X-Forwarded-For over all its lines, and the client's last trace", () => {
    const rawHeaders = [
      "X-Forwarded-For",
      "1.1.1.1",
      "X-Amzn-Trace-Id",
      "Root=1-a",
      "x-forwarded-for",
      "2.2.2.2",
      "X-Amzn-Trace-Id",
      "Root=1-b",
    ];
    const headers = forwarded(rawHeaders, { host: "h" });
    expect(headers.slice(0, 4)).toEqual(["Host", "h", "X-Forwarded-For", "1.1.1.1, 2.2.2.2, 10.0.0.9"]);
    expect(headers.at(-1)).toBe("Self=1-00000000-a;Root=1-b");
  });

  it("have all cookies in one field, which HTTP/2 may split", () => {
    const rawHeaders = ["Host", "a", "cookie", "a=1", "Accept", "*/*", "cookie", "b=2", "cookie", "c=3"];
    const carried = ["Host", "a", "cookie", "a=1; b=2; c=3", "Accept", "*/*"];
    expect(passedHeaders(rawHeaders, undefined, undefined)).toEqual(carried);
    expect(forwarded(rawHeaders)).toEqual([...carried, ...ADDED, ...TRACED]);
  });

  it("lose those with invalid names where the load balancer drops them", () => {
    const rawHeaders = ["Host", "a", "Bad_Name", "1", "Good-Name", "2"];
    expect(forwarded(rawHeaders, { dropInvalidHeaders: true })).toEqual(["Host", "a", "Good-Name", "2", ...ADDED, ...TRACED]);
    expect(forwarded(rawHeaders)).toContain("Bad_Name");
  });
});
