/**
 * Turns work that tells events as it goes into an async generator that yields them: what several pieces of work tell
 * side by side comes out in the order it was told. The generator returns what the work returned, or throws what it threw.
 */
import type { Clock } from "../kit/clock.ts";
import type { DeployEvent, Tell } from "./events.ts";

export async function* eventStream<Result>(clock: Clock, work: (tell: Tell) => Promise<Result>): AsyncGenerator<DeployEvent, Result> {
  const queue: DeployEvent[] = [];
  let wake: () => void = () => undefined;
  let finished = false;
  const tell: Tell = (event) => {
    queue.push({ at: new Date(clock.now()).toISOString(), ...event });
    wake();
  };
  const done = work(tell).finally(() => {
    finished = true;
    wake();
  });
  // Its failure is thrown by the last await; until then it must not count as unhandled.
  done.catch(() => undefined);
  for (;;) {
    for (let event = queue.shift(); event !== undefined; event = queue.shift()) yield event;
    if (finished) return await done;
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (queue.length > 0 || finished) resolve();
    });
  }
}
