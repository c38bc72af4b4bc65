/** Manifests of the tests as text: loaded, their diagnostics as codes, and the one service that is without errors. */
import { expect } from "vitest";
import { type Diagnostic, formatDiagnostic } from "./diagnostic.ts";
import { type Loaded, type LoadOptions, loadManifests } from "./load.ts";
import type { ResolvedService } from "./resolved.ts";

export const load = (text: string, options: LoadOptions = {}): Loaded =>
  loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], options);

export const codesOf = (diagnostics: readonly Diagnostic[], severity = "error"): string[] =>
  diagnostics.filter((diagnostic) => diagnostic.severity === severity).map(({ code }) => code);

/** The least that is a service. */
export const minimal = "apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\n";
/** A service behind a load balancer; what follows is indented below `service`. */
export const withPort = `${minimal}service:\n  port: 8000\n  healthCheck: {path: /health}\n`;

/** The manifest's first service, in `dev` unless the options say otherwise; fails the test when there are errors. */
export function one(text: string, options: LoadOptions = { environment: "dev" }): ResolvedService {
  const { services, diagnostics } = load(text, options);
  expect(diagnostics.map(formatDiagnostic).filter((line) => / error /.test(line))).toEqual([]);
  const [service] = services;
  if (service === undefined) throw new Error("the manifest describes no service");
  return service;
}
