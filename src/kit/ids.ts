import { randomBytes, randomInt, randomUUID } from "node:crypto";

/** Identifiers as a value that is handed in, so that the same run with the same source gives the same bytes. */
export interface Ids {
  /** `length` lower-case hexadecimal digits, as in a task id. */
  hex(length: number): string;
  /** `length` decimal digits, the first not 0, as in `ecs-svc/1234567890123456789`. */
  digits(length: number): string;
  uuid(): string;
}

/** Identifiers from the machine's random source. */
export class RandomIds implements Ids {
  hex(length: number): string {
    return randomBytes(Math.ceil(length / 2))
      .toString("hex")
      .slice(0, length);
  }

  digits(length: number): string {
    return Array.from({ length }, (_, place) => (place === 0 ? randomInt(1, 10) : randomInt(0, 10))).join("");
  }

  uuid(): string {
    return randomUUID();
  }
}
