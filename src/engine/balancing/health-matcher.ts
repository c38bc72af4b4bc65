/** The codes of a healthy answer: `200`, `200,202`, `200-299`, or any mixture (`Matcher.HttpCode`, `Matcher.GrpcCode`). */
export type HealthMatcher = (code: number) => boolean;

/** Undefined when the text is not a list of codes and ranges within `lowest`–`highest`. */
export function parseHealthMatcher(text: string, lowest = 200, highest = 499): HealthMatcher | undefined {
  const ranges: [from: number, to: number][] = [];
  for (const part of text.split(",")) {
    const match = /^\s*(\d{1,3})(?:-(\d{1,3}))?\s*$/.exec(part);
    if (match === null) return undefined;
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (from < lowest || to > highest || from > to) return undefined;
    ranges.push([from, to]);
  }
  return (code) => ranges.some(([from, to]) => code >= from && code <= to);
}
