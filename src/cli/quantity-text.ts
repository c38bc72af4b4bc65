/** Durations and money in words, and numbers given as options. */
import { failure } from "../model/failures.ts";
import type { Given } from "./verb.ts";

/** `45 s`, `5 min 52 s`, `1 h 2 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `$1.24`, and below a cent as much as tells something: `$0.0031`. */
export function moneyText(dollars: number): string {
  return `$${dollars === 0 || dollars >= 0.01 ? dollars.toFixed(2) : dollars.toPrecision(2)}`;
}

/** The option as a number from `least` to `most`; undefined when it was not given. */
export function numberOption(given: Given, name: string, least: number, most = Number.MAX_VALUE): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (text.trim() === "" || !Number.isFinite(number) || number < least) {
    throw failure("FSD5001", `${flagOf(name)} must be a number of at least ${least}, not '${text}'`);
  }
  if (number > most) throw failure("FSD5001", `${flagOf(name)} must be at most ${most}, not '${text}'`);
  return number;
}

/** The option as a whole number of at least 0; undefined when it was not given. */
export function wholeOption(given: Given, name: string): number | undefined {
  const text = given.text(name);
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(number))
    throw failure("FSD5001", `${flagOf(name)} must be a whole number, not '${text}'`);
  return number;
}

/** `cpuMs` as it is written on the command line: `--cpu-ms`. */
function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`;
}
