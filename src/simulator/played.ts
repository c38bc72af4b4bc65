/** A simulation in steps, so that whoever plays it may do something else between them: it yields how many hours are over. */
export type Played<Result> = Generator<number, Result, undefined>;

export function atOneGo<Result>(played: Played<Result>): Result {
  for (;;) {
    const step = played.next();
    if (step.done === true) return step.value;
  }
}
