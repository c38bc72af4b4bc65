import { describe, expect, it } from "vitest";
import type { Dependency, ResolvedService } from "../manifest/resolved.ts";
import { deploymentWaves } from "./deployment-waves.ts";

const service = (name: string, ...needs: string[]): Pick<ResolvedService, "name" | "dependencies"> => ({
  name,
  dependencies: needs.map((needed): Dependency => ({ type: "service", name: needed, manageIngress: false, topics: [], groups: [] })),
});
const waves = (...services: ReturnType<typeof service>[]): string[][] =>
  deploymentWaves(services, (one) => one).map((wave) => wave.map(({ name }) => name));

describe("the order of a deployment", () => {
  it("is what others depend on first, and the rest side by side as it was given", () => {
    expect(waves(service("web", "api"), service("worker"), service("api", "auth"), service("auth"))).toEqual([
      ["worker", "auth"],
      ["api"],
      ["web"],
    ]);
  });

  it("is what makes a queue before what uses it", () => {
    const queue: Dependency = { type: "aws_sqs_queue", name: "jobs", manageIngress: false, topics: [], groups: [] };
    const api = { name: "api", dependencies: [queue] };
    const beat = { name: "beat", dependencies: [queue] };
    const worker = { name: "worker", dependencies: [{ ...queue, managed: {} }] };
    expect(waves(api, beat, worker)).toEqual([["worker"], ["api", "beat"]]);
  });

  it("does not wait for services that are not being deployed", () => {
    expect(waves(service("web", "elsewhere"))).toEqual([["web"]]);
  });

  it("begins somewhere when services depend on one another", () => {
    expect(waves(service("a", "b"), service("b", "a"), service("c", "c"))).toEqual([["c"], ["a"], ["b"]]);
  });

  it("takes four at a time", () => {
    expect(waves(...["a", "b", "c", "d", "e"].map((name) => service(name)))).toEqual([["a", "b", "c", "d"], ["e"]]);
  });
});
