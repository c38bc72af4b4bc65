import { expect, test } from "vitest";
import { Output } from "./output.ts";
import { playSimulation } from "./play-simulation.ts";

/** A simulation of so many hours, of which each takes 400 ms on the clock; at hour `interruptedAt` somebody interrupts. */
function told({ isTTY = false, hours = 4, interruptedAt = -1 } = {}) {
  let time = 0;
  let stderr = "";
  const interrupt = new AbortController();
  function* played() {
    for (let hour = 1; hour <= hours; hour++) {
      time += 400;
      if (hour === interruptedAt) interrupt.abort();
      yield hour;
    }
    return "whole";
  }
  const stdout = { write: () => true };
  const output = new Output("text", { stdout, stderr: { isTTY, write: (text: string) => (stderr += text) }, colour: false });
  const clock = { now: () => time, at: () => () => {} };
  return playSimulation(played(), hours, { clock, signal: interrupt.signal, output }).then((result) => ({ result, stderr, time }));
}

test("a simulation that is over within a second tells nothing on its way", async () => {
  expect(await told({ hours: 2 })).toEqual({ result: "whole", stderr: "", time: 800 });
});

test("a long one tells how far it is, after a second and then every ten", async () => {
  const { result, stderr } = await told({ hours: 40 });
  expect(result).toBe("whole");
  expect(stderr).toBe("simulated 3 of 40 hours\nsimulated 28 of 40 hours\n");
});

test("on a terminal it tells every second, over itself, and leaves nothing behind", async () => {
  const { stderr } = await told({ hours: 6, isTTY: true });
  expect(stderr).toBe("\r\u001b[Ksimulated 3 of 6 hours\r\u001b[Ksimulated 6 of 6 hours\r\u001b[K");
});

test("an interrupt ends it", async () => {
  expect(await told({ interruptedAt: 2 })).toEqual({ result: undefined, stderr: "", time: 800 });
});
