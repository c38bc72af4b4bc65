/** The three ways to follow a deployment: JSON lines for programs, plain lines for pipelines, a live tree for people. */
import type { Clock } from "../kit/clock.ts";
import { DeployLines, type DeployView } from "./deploy-lines.ts";
import { DeployTree } from "./deploy-tree.ts";
import type { Output } from "./output.ts";

export function deployView(output: Output, env: string, clock: Clock): DeployView {
  if (output.format === "json") return { show: (event) => output.jsonLine(event), end: () => undefined };
  return output.live ? new DeployTree(output, env, clock) : new DeployLines(output, env);
}
