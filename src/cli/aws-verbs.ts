/**
 * The handlers of the verbs that talk to AWS, by verb. It is the entry of the command's second bundle: importing it
 * dynamically, and nothing behind it from elsewhere in `cli`, keeps the SDK out of the start of every other verb.
 */
import type { Handler } from "./verb.ts";

export const handlers: Readonly<Record<string, Handler>> = {};
