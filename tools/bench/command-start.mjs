import { join } from "node:path";
import { root } from "../installed.mjs";
import { fsd, line, race } from "./measure.mjs";

export const name = "validate";

export async function run() {
  const manifest = join(root, "tools", "bench", "service.yml");
  const [floor, validate, render] = race([
    [process.execPath, "-e", "0"],
    [process.execPath, fsd, "validate", "-f", manifest, "--env", "prod"],
    [process.execPath, fsd, "render", "-f", manifest, "--env", "prod"],
  ]);
  return [
    line("fsd validate of a 60-line manifest", "node -e 0", `${(validate / floor).toFixed(2)}×`, "at most 2×", validate <= 2 * floor),
    line("fsd render of the same manifest", "node -e 0", `${(render / floor).toFixed(2)}×`, "at most 2×", render <= 2 * floor),
  ];
}
