import { expect, test } from "vitest";
import { reconcileService } from "../engine/service/reconcile-service.ts";
import { simulate } from "../simulator/simulation.ts";
import { model, options } from "../simulator/simulation-situation.testing.ts";
import { endSimulation } from "./end-simulation.ts";
import { Output, type OutputFormat } from "./output.ts";
import { type SimulationReport, tellSimulation } from "./simulation-text.ts";
import type { VerbContext } from "./verb.ts";

/** A scheduler that believes nothing need be healthy, and starts anew with the old tasks gone. */
const reckless: typeof reconcileService = (world, now, ids, settings) => {
  const { deploymentConfiguration } = world.service;
  const service = { ...world.service, deploymentConfiguration: { ...deploymentConfiguration, minimumHealthyPercent: 0 } };
  const outcome = reconcileService({ ...world, service }, now, ids, settings);
  return { ...outcome, service: outcome.service === service ? world.service : { ...outcome.service, deploymentConfiguration } };
};

function end(format: OutputFormat, broken: boolean): { readonly code: number; readonly stdout: string } {
  let stdout = "";
  const terminal = { stdout: { write: (text: string) => (stdout += text) }, stderr: { write: () => undefined }, colour: false };
  const given = { text: () => undefined };
  const seen = simulate(model, { ...options, deployments: 1, ...(broken ? { broken: { reconcile: reckless } } : {}) });
  const report: SimulationReport = { service: "api", env: "prod", hours: options.hours, ...seen, costPerHour: 1, unknown: [] };
  const code = endSimulation(report, { given, output: new Output(format, terminal), cwd: "/" } as unknown as VerbContext, {
    page: () => "",
    tell: (whole, output) => tellSimulation(whole, options, output),
  });
  return { code, stdout };
}

test("a simulation in which a rule of the scheduler was broken says which and when, and exits 1", () => {
  const { code, stdout } = end("text", true);
  expect(code).toBe(1);
  expect(stdout).toMatch(/broken after 1 h.*: a deployment's stop of 2 healthy tasks left 0 of at least 2/);
  expect(JSON.parse(end("json", true).stdout).violations[0]).toMatchObject({
    service: "api",
    rule: expect.stringContaining("of at least 2"),
  });
});

test("one in which none was exits 0", () => {
  expect(end("text", false)).toMatchObject({ code: 0 });
});
