import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root, World } from "../support/world.ts";

const world = new World();
afterAll(() => world.end());

it.each(["SIGINT", "SIGTERM"] as const)("a simulation of three months tells how far it is, and ends with 130 on %s", async (signal) => {
  const { ended, kill } = await world.fsdUntil(
    /simulated \d+ of 2160 hours\n/,
    ...["simulate", "-f", join(root, "examples", "items-node", "fsd.yml"), "--env", "prod", "--hours", "2160", "--fault", "crash=1"],
  );
  kill(signal);
  const { status, stdout } = await ended;
  expect({ status, stdout }).toEqual({ status: 130, stdout: "" });
});
