import { expect, test } from "vitest";
import { EndpointChoice } from "./endpoint-choice.ts";

const blue = ["a", "b"].map((taskId) => ({ taskId, slot: "PRIMARY" }));
const green = ["c", "d"].map((taskId) => ({ taskId, slot: "ALTERNATE" }));
const hosts = [...blue, ...green];
const none: ReadonlySet<string> = new Set();

test("requests go round the hosts of the slot that has the traffic", () => {
  const choice = new EndpointChoice();
  const turn = (slot: string) => choice.host(hosts, slot, none, 0)?.taskId;
  expect(["PRIMARY", "PRIMARY", "PRIMARY", "ALTERNATE", "ALTERNATE"].map(turn)).toEqual(["a", "b", "a", "c", "d"]);
  expect(choice.host(hosts, undefined, none, 0)).toBeUndefined();
});

test("a slot has its share to the request, however many others are asked for in between", () => {
  const choice = new EndpointChoice();
  const seen: (string | undefined)[] = [];
  for (let request = 0; request < 20; request++) {
    expect(choice.slot({ PRIMARY: 0, ALTERNATE: 100 })).toBe("ALTERNATE");
    seen.push(choice.slot({ PRIMARY: 75, ALTERNATE: 25 }));
  }
  expect(seen.filter((slot) => slot === "ALTERNATE")).toHaveLength(5);
  expect(choice.slot({ PRIMARY: 0, ALTERNATE: 0 })).toBeUndefined();
});

test("each host has its share while the slots share the requests by halves", () => {
  const choice = new EndpointChoice();
  const met = { a: 0, b: 0, c: 0, d: 0 };
  for (let request = 0; request < 40; request++) {
    const host = choice.host(hosts, choice.slot({ PRIMARY: 50, ALTERNATE: 50 }), none, 0);
    if (host !== undefined) met[host.taskId as keyof typeof met]++;
  }
  expect(met).toEqual({ a: 10, b: 10, c: 10, d: 10 });
});

test("a host that failed the request is not tried again, and one that keeps failing is not tried while another is there", () => {
  const choice = new EndpointChoice();
  expect(choice.host(hosts, "PRIMARY", new Set(["a"]), 0)?.taskId).toBe("b");
  expect(choice.host(hosts, "PRIMARY", new Set(["a", "b"]), 0)).toBeUndefined();
  for (let failure = 0; failure < 5; failure++) choice.failed({ taskId: "a", slot: "PRIMARY" }, hosts, 0);
  const next = () => choice.host(hosts, "PRIMARY", none, 1_000)?.taskId;
  expect([next(), next(), next()]).toEqual(["b", "b", "b"]);
  // It is better than none.
  expect(choice.host(hosts, "PRIMARY", new Set(["b"]), 1_000)?.taskId).toBe("a");
});
