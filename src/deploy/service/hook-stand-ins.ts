/** Tells the local platform what answers in the place of the Lambda functions that guard a service's deployments. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { ResolvedEnvironment, ResolvedService } from "../../manifest/resolved.ts";
import { readable } from "../../manifest/text.ts";
import { functionNameOf, type HookStandIn, type HookStandIns, hookStandInsFile } from "../../model/hook-stand-in.ts";

/** The stand-ins that this service's hooks need, commands with the folder of the document that names them. */
export function hookStandIns({ service }: ResolvedService, environment: ResolvedEnvironment, cwd: string): HookStandIns {
  const folder = resolve(cwd, dirname(environment.file));
  const { hooks } = environment.standIns;
  const needed = service.deployment.hooks.flatMap(({ lambda }): [string, HookStandIn][] => {
    const name = lambda === undefined ? undefined : functionNameOf(readable(lambda));
    const given = name === undefined || !Object.hasOwn(hooks, name) ? undefined : hooks[name];
    if (name === undefined || given === undefined) return [];
    return [[name, typeof given === "string" ? { url: given } : { command: given, folder }]];
  });
  return Object.fromEntries(needed);
}

/** Keeps them in the state directory, readable and writable by this user alone, in the place of those kept before. */
export function keepHookStandIns(stateDir: string, service: string, standIns: HookStandIns): void {
  const file = join(stateDir, hookStandInsFile(service));
  if (Object.keys(standIns).length === 0) {
    rmSync(file, { force: true });
    return;
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.${process.pid}`;
  writeFileSync(fresh, JSON.stringify(standIns), { mode: 0o600 });
  renameSync(fresh, file);
}
