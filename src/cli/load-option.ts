/** `--rps N`, `--rps LOW..HIGH` or `--load FILE.csv`: what comes in over time. */
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isFsdError } from "../kit/fsd-error.ts";
import { failure } from "../model/failures.ts";
import { dailyLoad, type Load, MOST_RPS, measuredLoad, parseLoadCsv, steadyLoad } from "../simulator/load.ts";
import { LONGEST_HOURS } from "./simulated-span.ts";
import type { Given } from "./verb.ts";

/** A moment each second of the longest simulation takes about 100 MB; each minute of it 2 MB. */
const LARGEST_FILE = 128 * 1024 * 1024;

/** `startTime`: ms since the epoch, where the day's tide goes by the hour. */
export function loadOption(given: Given, cwd: string, startTime: number): Load {
  const file = given.text("load");
  const named = given.text("rps");
  if (file === undefined) return namedLoad(named ?? "50", startTime);
  if (named !== undefined) throw failure("FSD5001", "--load and --rps both say what comes in", { hint: "give one of them" });
  const read = parseLoadCsv(textOf(file, cwd), LONGEST_HOURS * 3600);
  if ("problem" in read) {
    throw failure("FSD5001", `${file}:${read.line}: ${read.problem}`, {
      hint: "write one moment a line, in order: seconds since the beginning, a comma, requests a second; for example 0,50 and 3600,200",
    });
  }
  return measuredLoad(read.points);
}

/** A file or a pipe; a device may never end. */
function textOf(file: string, cwd: string): string {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(resolve(cwd, file), "r");
    const stat = fstatSync(descriptor);
    if (!stat.isFile() && !stat.isFIFO()) throw failure("FSD5005", `${file} is not a file`, { hint: "give a CSV file" });
    if (stat.size > LARGEST_FILE) {
      throw failure("FSD5005", `${file} has ${Math.round(stat.size / 1024 / 1024)} MiB, a load at most ${LARGEST_FILE / 1024 / 1024}`, {
        hint: "a moment each minute is enough: what lies between is drawn as a straight line",
      });
    }
    return readFileSync(descriptor, "utf8");
  } catch (cause) {
    if (isFsdError(cause)) throw cause;
    throw failure("FSD5005", `cannot read ${file}`, { cause });
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function namedLoad(text: string, startTime: number): Load {
  const [low = Number.NaN, high = low, ...more] = text.split("..").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  if (!(low >= 0) || !(high >= low) || more.length > 0) {
    throw failure("FSD5001", `--rps must be a number or low..high, not '${text}'`);
  }
  if (high > MOST_RPS) throw failure("FSD5001", `--rps must be at most ${MOST_RPS}, not '${text}'`);
  return low === high ? steadyLoad(low) : dailyLoad(low, high, startTime);
}
