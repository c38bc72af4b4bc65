import { describe, expect, it } from "vitest";
import { VirtualClock } from "../kit/virtual-clock.ts";
import { eventStream } from "./event-stream.ts";
import type { DeployEvent, Tell } from "./events.ts";

const note = (text: string) => ({ type: "note", subject: "items", text }) as const;

async function gather<Result>(stream: AsyncGenerator<DeployEvent, Result>): Promise<{ texts: string[]; result: Result }> {
  const texts: string[] = [];
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return { texts, result: step.value };
    if (step.value.type === "note") texts.push(`${step.value.at} ${step.value.text}`);
  }
}

describe("work that tells events", () => {
  it("yields them in the order they were told, stamped, also those of pieces that run side by side", async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const piece = async (tell: Tell, name: string): Promise<void> => {
      tell(note(`${name}1`));
      await Promise.resolve();
      tell(note(`${name}2`));
    };
    const { texts, result } = await gather(
      eventStream(clock, async (tell) => {
        await Promise.all([piece(tell, "a"), piece(tell, "b")]);
        return 7;
      }),
    );
    expect(texts.map((text) => text.slice(25))).toEqual(["a1", "b1", "a2", "b2"]);
    expect(texts[0]).toMatch(/^2026-01-01T00:00:00.000Z /);
    expect(result).toBe(7);
  });

  it("yields what was told before it failed, and then fails", async () => {
    const stream = eventStream(new VirtualClock(), async (tell) => {
      tell(note("so far"));
      throw new Error("no further");
    });
    expect((await stream.next()).value).toMatchObject({ text: "so far" });
    await expect(stream.next()).rejects.toThrow("no further");
  });
});
