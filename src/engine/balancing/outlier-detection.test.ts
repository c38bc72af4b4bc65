import { expect, test } from "vitest";
import { OutlierDetection } from "./outlier-detection.ts";

const hosts = ["a", "b", "c", "d"];
const S = 1_000;

/** Lets `host` fail five times at `now`. */
function failFive(outliers: OutlierDetection, host: string, now: number, among = hosts): void {
  for (let failure = 0; failure < 5; failure++) outliers.failed(host, among, now);
}

test("a host that fails five times within 30 seconds is avoided for 30 seconds, one that fails more seldom never", () => {
  const outliers = new OutlierDetection();
  for (let failure = 0; failure < 20; failure++) outliers.failed("b", hosts, failure * 8 * S);
  expect(outliers.avoids("b", 160 * S)).toBe(false);
  for (const time of [0, 7, 14, 21]) outliers.failed("a", hosts, time * S);
  expect(outliers.avoids("a", 21 * S)).toBe(false);
  outliers.failed("a", hosts, 29 * S);
  expect(outliers.avoids("a", 29 * S)).toBe(true);
  expect(outliers.avoids("a", 58 * S)).toBe(true);
  expect(outliers.avoids("a", 59 * S)).toBe(false);
});

test("each further time it is avoided 30 seconds longer, at most 300, and one that has behaved for long begins anew", () => {
  const outliers = new OutlierDetection();
  const lasted: number[] = [];
  let now = 0;
  for (let time = 0; time < 12; time++) {
    failFive(outliers, "a", now);
    let end = now;
    while (outliers.avoids("a", end)) end += S;
    lasted.push((end - now) / S);
    now = end;
  }
  expect(lasted).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  now += 301 * S;
  failFive(outliers, "a", now);
  expect([outliers.avoids("a", now + 29 * S), outliers.avoids("a", now + 30 * S)]).toEqual([true, false]);
});

test("no more than half of the hosts are avoided at a time, and a lone host never", () => {
  const outliers = new OutlierDetection();
  for (const host of hosts) failFive(outliers, host, 0);
  expect(hosts.map((host) => outliers.avoids(host, 1))).toEqual([true, true, false, false]);
  const lone = new OutlierDetection();
  failFive(lone, "a", 0, ["a"]);
  expect(lone.avoids("a", 1)).toBe(false);
});

test("a lone host may fail at every one of very many requests, and is avoided at the next when another has come", () => {
  const outliers = new OutlierDetection();
  // Was everything remembered, and copied each time, this would take minutes.
  for (let failure = 0; failure < 200_000; failure++) outliers.failed("a", ["a"], failure / 10);
  expect(outliers.avoids("a", 20 * S)).toBe(false);
  outliers.failed("a", ["a", "b"], 20 * S);
  expect(outliers.avoids("a", 20 * S)).toBe(true);
});
