/** The stand-ins for functions that `fsd deploy --env local` left in the state directory. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lastPart } from "../../../model/arn.ts";
import { functionNameOf, type HookStandIn, type HookStandIns, hookStandInsFile } from "../../../model/hook-stand-in.ts";

/** What answers for the function in deployments of the service; undefined when nothing does. Throws when the file cannot be read. */
export function keptStandIn(stateDir: string, serviceArn: string, functionArn: string): HookStandIn | undefined {
  const name = functionNameOf(functionArn);
  const service = lastPart(serviceArn);
  if (name === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(join(stateDir, hookStandInsFile(service)), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const standIns = JSON.parse(text) as HookStandIns;
  return Object.hasOwn(standIns, name) ? standIns[name] : undefined;
}
