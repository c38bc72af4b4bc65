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

interface Answers {
  readonly answered: number;
  readonly broken: object;
  readonly findings: { readonly wrong: object; readonly unknown: object };
}

describeWith("boto3", "the platform asked strange things", () => {
  const replay = `replay with FSD_SEED=${seed}`;
  let answers: Answers;
  beforeAll(async () => {
    const outcome = await world.run("python3", [join(root, "test", "judges", "boto3-strange.py"), endpoint, seed, String(ROUNDS)]);
    expect(outcome).toExitWith(0);
    answers = JSON.parse(outcome.stdout);
  });

  it("answers each of them with an answer or an error of AWS, and is the same platform afterwards", async () => {
    expect(answers.broken, replay).toEqual({});
    expect(answers.findings.wrong, replay).toEqual({});
    expect(answers.answered).toBeGreaterThan(2_000);
    expect(await world.json("local", "status")).toMatchObject({ pid });
  });

  describeWith("new-botocore", "by models as new as its own", () => {
    it("answers with no member and no value that they do not know", () => {
      expect(answers.findings.unknown, replay).toEqual({});
    });
  });
});
