import { describe, expect, it } from "vitest";
import { load, withPort } from "../loaded.testing.ts";

const told = (body: string): string[] =>
  load(`${withPort}${body}`, { environment: "dev" }).diagnostics.map(({ code, path, message }) => `${code} ${path} ${message}`);

describe("the containers of a task", () => {
  it("have a name each, the collector's too", () => {
    const traced = "  observability: {traces: {enabled: true}}\n";
    const sidecar = "  sidecars: [{name: otel-collector, image: envoy}]\n";
    expect(told(sidecar)).toEqual([]);
    expect(told(sidecar + traced)).toEqual(["FSD1606 service.sidecars[0].name there are two containers otel-collector"]);
  });

  it("have a port each, because they share one network interface", () => {
    expect(
      told("  sidecars: [{name: a, image: x, port: 9000}, {name: b, image: x, port: 9000}, {name: c, image: x, port: 8000}]\n"),
    ).toEqual([
      "FSD1415 service.sidecars[1].port a and b both listen on 9000",
      "FSD1415 service.sidecars[2].port app and c both listen on 8000",
    ]);
    expect(told("  sidecars: [{name: a, image: x, port: 4318}]\n  observability: {traces: {enabled: true}}\n")).toEqual([
      "FSD1415 service.sidecars[0].port otel-collector and a both listen on 4318",
    ]);
  });

  it("wait only for what can come about", () => {
    const waiting = (dependsOn: string, more = ""): string[] =>
      told(`  sidecars: [{name: a, image: x, dependsOn: {${dependsOn}}}${more}]\n`);
    expect(waiting("app: START")).toEqual([]);
    expect(waiting("app: SUCCESS")).toEqual([
      "FSD1111 service.sidecars[0].dependsOn.app app is essential: when it ends, the task does, so nothing can wait for that",
    ]);
    expect(waiting("b: COMPLETE", ", {name: b, image: x}")).toEqual([]);
    expect(waiting("b: HEALTHY", ", {name: b, image: x}")).toEqual([
      "FSD1112 service.sidecars[0].dependsOn.b b has no check that could find it healthy",
    ]);
    expect(waiting("app: HEALTHY")).toEqual(["FSD1112 service.sidecars[0].dependsOn.app app has no check that could find it healthy"]);
    const checked = withPort.replace("{path: /health}", "{path: /health, container: {http: /health}}");
    expect(load(`${checked}  sidecars: [{name: a, image: x, dependsOn: {app: HEALTHY}}]\n`, { environment: "dev" }).diagnostics).toEqual(
      [],
    );
  });

  it("do not wait in a circle, nor for themselves", () => {
    expect(told("  sidecars: [{name: a, image: x, dependsOn: {b: START}}, {name: b, image: x, dependsOn: {a: START}}]\n")).toEqual([
      "FSD1704 service.sidecars[0].dependsOn these containers wait for each other: a → b → a",
    ]);
    expect(told("  sidecars: [{name: a, image: x, dependsOn: {a: START}}]\n")).toEqual([
      "FSD1704 service.sidecars[0].dependsOn these containers wait for each other: a → a",
    ]);
  });

  it("have volumes of different names at different places", () => {
    expect(told("  volumes: [{name: d, mountPath: /a}, {name: d, mountPath: /b}, {name: e, mountPath: /b}]\n")).toEqual([
      "FSD1606 service.volumes[1].name there are two volumes d",
      "FSD1606 service.volumes[2].mountPath there are two volumes at /b",
    ]);
  });
});
