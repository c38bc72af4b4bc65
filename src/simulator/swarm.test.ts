/** The engine tortured. A failure is replayed with `FSD_SEED=<seed> [FSD_OVERLOAD=1] [FSD_RECONFIGURED=1] npx vitest run --project unit src/simulator/swarm.test.ts`. */
import { expect, test } from "vitest";
import { type SwarmOptions, swarm } from "./swarm.ts";

const chosen = process.env.FSD_SEED;
const optionsChosen: SwarmOptions = {
  overload: process.env.FSD_OVERLOAD !== undefined,
  reconfigured: process.env.FSD_RECONFIGURED !== undefined,
};
/** A few seconds on an idle machine; the limit is for one that is not. */
const BOUND_MS = 180_000;
/** Seeds that found something once: the last of them good versions too slow for three nodes. */
const found = [97, 284, 406, 440, 530, 742, 1074, 1153, 1401, 1402, 1588, 2063, 2493, 4982];
/**
 * Those that need another strategy to find it: tasks in a target group that never had traffic were counted as serving, by the
 * engine, and who served was stopped. (6191 found the same of the checker. No seed up to 7,000 shows that since each stream is another.)
 */
const foundReconfigured = [1657, 2528, 3196, 6191];
const usual = [...Array.from({ length: 60 }, (_, index) => index + 1), ...found];

const rounds: [SwarmOptions, readonly number[]][] =
  chosen === undefined
    ? [
        [{}, usual],
        [{ overload: true }, usual],
        [{ reconfigured: true }, [...usual, ...foundReconfigured]],
      ]
    : [[optionsChosen, [Number(chosen)]]];

test.each(rounds)(
  "whatever happens, safety holds, and every fault that ends leads back to a steady state (%j)",
  { timeout: BOUND_MS },
  (options, seeds) => {
    for (const seed of seeds) {
      const { violations, acts } = swarm(seed, options);
      const replay = `FSD_SEED=${seed}${options.overload === true ? " FSD_OVERLOAD=1" : ""}${options.reconfigured === true ? " FSD_RECONFIGURED=1" : ""}`;
      const story = `${replay}\n${acts.join("\n")}\n${violations.map(({ time, rule }) => `${(time / 1000).toFixed(0)} s: ${rule}`).join("\n")}`;
      expect(violations, story).toEqual([]);
    }
  },
);

test("the same seed gives the same run", () => {
  expect(swarm(42)).toEqual(swarm(42));
});
