/** `--fault crash=0.2,spot=2/h`: faults by name, each with a number that cannot be too large. */
import { didYouMean } from "../manifest/did-you-mean.ts";
import { failure } from "../model/failures.ts";

export interface FaultKind {
  /** What its number counts: `a task and hour`. */
  readonly unit: string;
  readonly example: string;
  readonly most: number;
}

/** The rates that the text gives; those it does not name are as in `none`. */
export function faultRates<Rates extends { readonly [Name in keyof Rates]: number }>(
  text: string | undefined,
  kinds: Readonly<Record<keyof Rates & string, FaultKind>>,
  none: Rates,
): Rates {
  const rates: Record<string, number> = {};
  for (const part of (text ?? "").split(",").map((each) => each.trim())) {
    if (part === "") continue;
    const [name = "", ...rest] = part.split("=").map((each) => each.trim());
    const rate = rest.join("=");
    const kind = Object.hasOwn(kinds, name) ? kinds[name as keyof Rates & string] : undefined;
    if (kind === undefined) {
      const near = didYouMean(name, Object.keys(kinds));
      throw failure("FSD5001", `--fault does not know '${name}'${near === undefined ? "" : `; did you mean ${near}?`}`, {
        hint: Object.values<FaultKind>(kinds)
          .map(({ example, unit }) => `${example} (${unit})`)
          .join(", "),
      });
    }
    const [, value, hourly] = /^(\d*\.?\d+)(\/h)?$/.exec(rate) ?? [];
    if (value === undefined || Number(value) > kind.most || (hourly !== undefined && kind.most === 1)) {
      throw failure("FSD5001", `--fault ${name} takes a number from 0 to ${kind.most}, ${kind.unit}, not '${rate}'`, {
        hint: `for example ${kind.example}`,
      });
    }
    if (Object.hasOwn(rates, name))
      throw failure("FSD5001", `--fault gives ${name} twice`, { hint: `give it once, for example ${kind.example}` });
    rates[name] = Number(value);
  }
  return { ...none, ...rates };
}
