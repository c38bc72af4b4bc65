import { expect, test } from "vitest";
import { rehearse } from "./rehearsal.testing.ts";

const manifest = new URL("../../examples/items-node/fsd.yml", import.meta.url).pathname;

const fsd = (...argv: string[]) => rehearse(argv);

test("a forecast names the longest wait, draws it and says what it assumes", async () => {
  const { code, stdout, stderr } = await fsd("forecast", "-f", manifest, "--env", "prod");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("items on prod: the next rollout");
  expect(stdout).toContain("never fewer than 2 healthy");
  expect(stdout).toMatch(/connection draining {2,}█*/);
  expect(stderr).toContain("assumes:");
});

test("for programs it is one object", async () => {
  const { stdout } = await fsd("forecast", "-f", manifest, "--env", "prod", "--output", "json", "--start", "20");
  expect(JSON.parse(stdout)).toMatchObject({
    service: "items",
    env: "prod",
    peakTasks: 4,
    lowestHealthy: 2,
    assumptions: { expected: { answersAfterMs: 20_000 } },
  });
  expect(Object.keys(JSON.parse(stdout))).toEqual(
    expect.arrayContaining(["expectedSeconds", "worstSeconds", "dominatedBy", "peakTasks", "lowestHealthy", "phases"]),
  );
});

test("what is not a number is refused", async () => {
  expect((await fsd("forecast", "-f", manifest, "--env", "prod", "--start", "soon")).code).toBe(2);
});
