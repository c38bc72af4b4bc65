/**
 * Time as a value that is handed in. Nothing outside this file and the composition roots reads the machine's
 * clock; the platform hands a scaled clock to the engine, the simulator and the tests a virtual one.
 */

/** Cancels what was scheduled; calling it again, or after the callback ran, does nothing. */
export type Cancel = () => void;

/** A clock that can be read and waited on. Instants are milliseconds since the Unix epoch, on that clock's own scale. */
export interface Clock {
  now(): number;
  /** Calls back once, at `instant` or as soon after it as possible; an instant in the past means at once, but never synchronously. */
  at(instant: number, callback: () => void): Cancel;
}

/** The machine's own time. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  at(instant: number, callback: () => void): Cancel {
    // setTimeout overflows above 2^31-1 ms; a longer wait is taken in laps.
    const longest = 2 ** 31 - 1;
    // The shortest timer takes a millisecond, which what is due already need not wait.
    if (instant <= Date.now()) {
      const immediate = setImmediate(callback);
      return () => clearImmediate(immediate);
    }
    let timer: NodeJS.Timeout;
    const lap = (): void => {
      const left = instant - Date.now();
      timer = left > longest ? setTimeout(lap, longest) : setTimeout(callback, Math.max(0, left));
    };
    lap();
    return () => clearTimeout(timer);
  }
}
