import type { FailureCode } from "../failures.ts";
import type { FailurePage } from "./failure-page.ts";

/** FSD6xxx: the local platform, its process and its state directory. */
export const localPlatformPages = {
  FSD6001: {
    why: "Only `fsd deploy` and `fsd local up` start the local platform. The others say that it does not run, so that a look changes nothing.",
    fix: "Start it with `fsd local up`: what was deployed comes back. Another state directory is chosen by `--state-dir` or `FSD_STATE_DIR`.",
    said: { message: "no local platform is running for the state directory /home/ada/.fsd/local", hint: "fsd local up" },
  },
  FSD6002: {
    why: "A platform of this state directory runs already, of another version of fsd or with another port, speed or account than the command line asks for. One directory has one platform.",
    fix: "Leave the flags out to use it as it is, or stop it with `fsd local down`, which keeps its state, and start it anew.",
    said: {
      message: "a local platform (process 4711) already runs on /home/ada/.fsd/local: its speed is 10, not 1",
      hint: "fsd local down stops it and keeps its state; then start it anew, or take another --state-dir",
    },
  },
  FSD6003: {
    why: "The platform ended while it started, did not listen in time, or cannot use its state directory. Its last words stand in the message.",
    fix: "Mend what they name: no room on the disk, no right to write, state of another version of fsd. The log has the rest.",
    said: {
      message: "the state directory /mnt/state cannot be used: EACCES: permission denied, mkdir '/mnt/state'",
      hint: "choose another one with --state-dir or FSD_STATE_DIR",
    },
  },
  FSD6004: {
    why: "Another program listens on the port that was asked for. Without `--port` a free one is taken and told.",
    fix: "Choose another port, or end the program that has it.",
    said: {
      message: "port 4566 of 127.0.0.1 is taken",
      hint: "choose another --port, or leave it out to take a free one",
    },
  },
  FSD6005: {
    why: "The platform was asked to stop and was still there after two and a half minutes, longer than any task may take to stop.",
    fix: "End its process by force as the hint says: the kernel ends the tasks with it, and what was acknowledged is kept.",
    said: {
      message: "the local platform (process 4711) did not stop within 150 s",
      hint: "kill -9 4711 ends it and its tasks; what was acknowledged is kept",
    },
  },
  FSD6006: {
    why: "The command runs from a checkout in which the platform has not been built.",
    fix: "Run `npm run build`.",
    said: { message: "the local platform is not built: dist/platform.mjs is missing", hint: "npm run build" },
  },
} as const satisfies Partial<Record<FailureCode, FailurePage>>;
