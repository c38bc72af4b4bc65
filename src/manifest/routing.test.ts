import { describe, expect, it } from "vitest";
import { listenerPriority, shardOf, testPriority } from "./routing.ts";

const services = Array.from({ length: 1000 }, (_, index) => `service-${index}`);

describe("the load balancer among several", () => {
  it("is the only one when there is one, and each has its share", () => {
    expect(services.every((name) => shardOf(name, 1) === 1)).toBe(true);
    for (const shard of [1, 2, 3, 4]) {
      const share = services.filter((name) => shardOf(name, 4) === shard).length;
      expect(share).toBeGreaterThan(150);
      expect(share).toBeLessThan(350);
    }
  });

  it("stays when another is added, except for those that move to the new one", () => {
    const moved = services.filter((name) => shardOf(name, 4) !== shardOf(name, 3));
    expect(moved.every((name) => shardOf(name, 4) === 4)).toBe(true);
    expect(moved.length).toBeLessThan(350);
  });
});

describe("the place of a rule", () => {
  it("comes after that for its test traffic, whatever it is", () => {
    for (const name of services) {
      for (const routing of [
        { path: "/*" },
        { path: "/a/b/*", host: "a.example.com" },
        { path: "/*", priority: 2 },
        { path: "/*", priority: 50_000 },
      ]) {
        const own = listenerPriority(name, routing);
        expect(own).toBeLessThanOrEqual(50_000);
        expect(testPriority(name, routing)).toBeGreaterThanOrEqual(1);
        expect(testPriority(name, routing)).toBeLessThan(own);
      }
    }
  });

  it("is before less specific ones", () => {
    const places = [
      { path: "/a/b/*", host: "a.example.com" },
      { path: "/a/*", host: "a.example.com" },
      { path: "/*", host: "a.example.com" },
      { path: "/a/b/*" },
      { path: "/a/*" },
      { path: "/*" },
    ].map((routing) => listenerPriority("items", routing));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
