import { expect, it } from "vitest";
import { SpareWork } from "./spare-work.ts";

it("what is put off begins when there is time, once, and is done at the end", async () => {
  const spare = new SpareWork();
  const done: string[] = [];
  const work = (name: string) => () => {
    done.push(name);
    return Promise.resolve();
  };
  spare.add(work("a"));
  expect(done).toEqual([]);
  spare.begin();
  spare.begin();
  expect(done).toEqual(["a"]);
  spare.add(work("b"));
  await spare.end();
  expect(done).toEqual(["a", "b"]);
});

it("what failed meanwhile is told at the end, and does not end the process before", async () => {
  const spare = new SpareWork();
  spare.add(() => Promise.reject(new Error("no answer")));
  spare.begin();
  await new Promise((resolve) => setImmediate(resolve));
  await expect(spare.end()).rejects.toThrow("no answer");
});
