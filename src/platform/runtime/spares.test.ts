import { describe, expect, it } from "vitest";
import { Spares } from "./spares.ts";

describe("spares", () => {
  it("are made when they are expected, taken oldest first, and made good after a while", async () => {
    let made = 0;
    const spares = new Spares(async () => ++made, { count: 2, quietMs: 1 });
    expect(spares.take()).toBeUndefined();
    await Promise.all([spares.expect(), spares.expect()]);
    expect(made).toBe(2);
    expect([spares.take(), spares.take(), spares.take()]).toEqual([1, 2, undefined]);
    await expect.poll(() => made).toBe(4);
    expect(spares.take()).toBe(3);
  });

  it("that cannot be made are not there to take, and are tried again when they are next expected", async () => {
    let tries = 0;
    const spares = new Spares(
      async () => {
        if (++tries <= 1) throw new Error("no room");
        return tries;
      },
      { count: 1, quietMs: 60_000 },
    );
    await spares.expect();
    expect(spares.take()).toBeUndefined();
    await spares.expect();
    expect(spares.take()).toBe(2);
  });

  it("are disposed of when nobody wants any more, also those that were still being made", async () => {
    const disposed: number[] = [];
    let finish = (): void => {};
    const late = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let made = 0;
    const spares = new Spares(
      async () => {
        const mine = ++made;
        if (mine === 2) await late;
        return mine;
      },
      { count: 2, quietMs: 60_000 },
    );
    const expected = spares.expect();
    await expect.poll(() => made).toBe(2);
    spares.end((thing) => disposed.push(thing));
    expect(disposed).toEqual([1]);
    finish();
    await expected;
    expect(disposed).toEqual([1, 2]);
    await spares.expect();
    expect(made).toBe(2);
  });
});
