/** Reads manifests: sources in, resolved documents and everything that is wrong with them out. Nothing here throws for bad input. */
import type { Diagnostic } from "./diagnostic.ts";
import type { ResolvedEnvironment, ResolvedService } from "./resolved.ts";

/** One file as found: bytes, or the reason why there are none (missing, too large, a folder without manifests). */
export type Source = { readonly file: string; readonly bytes: Uint8Array } | { readonly file: string; readonly unreadable: string };

export interface LoadOptions {
  /** The environment to resolve for. Absent: every environment the documents name is checked. */
  readonly environment?: string;
  /** `service.resources.cpu=2048`, or short `resources.cpu=2048`. */
  readonly override?: readonly string[];
  /** `KEY=VALUE`: an environment variable of every service. */
  readonly set?: readonly string[];
  /** Values of `${VERSION}`, `${GIT_SHA}`. */
  readonly values?: Readonly<Record<string, string>>;
  /** The caller's environment, for `${env:NAME}`. */
  readonly variables?: Readonly<Record<string, string | undefined>>;
}

export interface Loaded {
  /** Resolved for the chosen environment, by name; empty when no environment was chosen. Documents with errors are left out. */
  readonly services: readonly ResolvedService[];
  /** Every described environment plus the chosen one. */
  readonly environments: readonly ResolvedEnvironment[];
  /** The chosen one. */
  readonly environment?: ResolvedEnvironment;
  readonly diagnostics: readonly Diagnostic[];
}

export declare function loadManifests(sources: readonly Source[], options?: LoadOptions): Loaded;
