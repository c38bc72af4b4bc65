import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeWith } from "../support/requirement.ts";
import { root, World } from "../support/world.ts";

/** `FSD_SEED=… npx vitest run test/wire/strange-requests.test.ts` asks other things, or the same again. */
const seed = process.env.FSD_SEED ?? "1";
const ROUNDS = 4;

const world = new World();
let endpoint = "";
let pid = 0;
beforeAll(async () => {
  ({ endpoint, pid } = await world.up());
});
afterAll(() => world.end());

describeWith("boto3", "the platform asked strange things", () => {
  it("answers each of them with an answer or an error of AWS, and is the same platform afterwards", async () => {
    const outcome = await world.run("python3", [join(root, "test", "judges", "boto3-strange.py"), endpoint, seed, String(ROUNDS)]);
    expect(outcome.status, outcome.stderr).toBe(0);
    const { answered, broken, findings } = JSON.parse(outcome.stdout) as { answered: number; broken: object; findings: object };
    expect(broken, `replay with FSD_SEED=${seed}`).toEqual({});
    expect(findings, `replay with FSD_SEED=${seed}`).toEqual({});
    expect(answered).toBeGreaterThan(2_000);
    expect(await world.json("local", "status")).toMatchObject({ pid });
  });
});
