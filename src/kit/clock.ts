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

/** The machine's own time: it may be set, and it goes on while the machine sleeps. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  at(instant: number, callback: () => void): Cancel {
    return callBack(() => Date.now(), instant, callback);
  }
}

/**
 * Time that only passes: it begins at the machine's time, and neither follows when that is set nor, on Linux, goes on
 * while the machine sleeps.
 */
export class SteadyClock implements Clock {
  now(): number {
    // Whole milliseconds, as the machine tells them.
    return Math.floor(performance.timeOrigin + performance.now());
  }

  at(instant: number, callback: () => void): Cancel {
    return callBack(() => this.now(), instant, callback);
  }
}

/**
 * Timers run on steady time. A long wait is therefore taken in laps, so that an instant of the calendar is met, within
 * a minute, also when the machine slept or its time was set meanwhile.
 */
const LAP_MS = 60_000;

function callBack(now: () => number, instant: number, callback: () => void): Cancel {
  // The shortest timer takes a millisecond, which what is due already need not wait.
  if (instant <= now()) {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }
  let timer: NodeJS.Timeout;
  const lap = (): void => {
    const left = instant - now();
    timer = left > LAP_MS ? setTimeout(lap, LAP_MS) : setTimeout(callback, Math.max(0, left));
  };
  lap();
  return () => clearTimeout(timer);
}
