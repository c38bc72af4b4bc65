// What a command of one manifest costs beside the least a Node program costs: whole processes, as a person starts them.
import { join } from "node:path";
import { root } from "../installed.mjs";
import { fsd, line, race } from "./measure.mjs";

export const name = "command-start: validate, render, forecast";

export function run() {
  const manifest = join(root, "tools", "bench", "service.yml");
  const verb = (word) => [process.execPath, fsd, word, "-f", manifest, "--env", "prod"];
  const [floor, ...times] = race([[process.execPath, "-e", "0"], verb("validate"), verb("render"), verb("forecast")]);
  return [
    { what: "fsd validate of the committed 60-line manifest", bound: 1.6 },
    { what: "fsd render of the same manifest", bound: 1.6 },
    { what: "fsd forecast of the same manifest", bound: 2 },
  ].map(({ what, bound }, index) => {
    const ratio = times[index] / floor;
    const measured = `${ratio.toFixed(2)}× (${Math.round(times[index])} ms to ${Math.round(floor)} ms)`;
    return line(what, "node -e 0", measured, `at most ${bound}×`, ratio <= bound);
  });
}
