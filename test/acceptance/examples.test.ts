import { cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWith } from "../support/requirement.ts";
import { root, World } from "../support/world.ts";

const world = new World();
beforeAll(() => world.up());
afterAll(() => world.end());

/** Deploys an example from a copy of its folder and uses it as its README says. */
async function deployAndUse(example: string, service: string): Promise<void> {
  const folder = join(world.folder, example);
  cpSync(join(root, "examples", example), folder, { recursive: true });
  const outcome = await world.fsd("deploy", "-f", `${folder}/fsd.yml`, "--env", "local", "--yes");
  expect(outcome).toExitWith(0);
  const { url } = await world.status(service);
  expect(outcome.stdout).toContain(url);

  const made = await fetch(`${url}/items`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "first" }),
  });
  expect(made.status).toBe(201);
  // Kept in Parameter Store through the SDK in the task, so every task answers it, whichever is asked.
  for (let turn = 0; turn < 4; turn++) {
    const { items } = (await (await fetch(`${url}/items`)).json()) as { items: { name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(["first"]);
  }
  expect((await fetch(`${url}/health`)).status).toBe(200);
  expect((await fetch(`${url}/docs`)).headers.get("content-type")).toContain("text/html");
}

describe("the items example in plain Node", () => {
  it("deploys with two tasks and keeps its items through the platform's AWS", () => deployAndUse("items-node", "items"));
});

describeWith("fastapi", "the items example in FastAPI", () => {
  it("deploys with two tasks and keeps its items through the platform's AWS", () => deployAndUse("items-fastapi", "items-fastapi"));
});
