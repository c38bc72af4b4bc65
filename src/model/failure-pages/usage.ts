import type { FailureCode } from "../failures.ts";
import type { FailurePage } from "./failure-page.ts";

/** FSD5xxx: how the command was called, and what it was given. */
export const usagePages = {
  FSD5001: {
    why: "The command line cannot be understood, or asks for what contradicts itself. Nothing was done.",
    fix: "Correct the word that is named; `fsd help` lists the commands, `fsd <command> --help` the options with examples.",
    said: { message: '--since takes 90s, 15m, 2h, 3d or an ISO 8601 time, not "yesterday"' },
  },
  FSD5002: {
    why: "No service or job of that name is in the manifests or deployed in the environment, or it is one of the other kind.",
    fix: "Correct the name. `fsd status --env ENV` lists what is deployed, `fsd validate` what the manifests hold.",
    said: {
      message: "there is no service or job ordes in the environment local",
      hint: "did you mean orders? deployed are: orders, web",
    },
  },
  FSD5003: {
    why: "The command changes or deletes something and wants someone's word first, but there is no terminal to ask on. Nothing was changed.",
    fix: "Run it on a terminal, or give `--yes` when the answer is known.",
    said: { message: "Delete fsd-prod-orders? There is no terminal to ask on", hint: "--yes answers" },
  },
  FSD5004: {
    why: "The question was answered with no, or left without an answer.",
    fix: "Nothing: all is as it was. Run the command again when the answer is yes.",
    said: { message: "declined; nothing was changed" },
  },
  FSD5005: {
    why: "A file that was named cannot be read, written or understood, or does not describe what was asked for.",
    fix: "Correct the path, its permissions, or the line that is named.",
    said: { message: "secrets.env:3 is no line of the form KEY=VALUE", hint: "comments begin with #" },
  },
  FSD5007: {
    why: "`fsd promote` lets a deployment go on that waits for a person, and `fsd abort` takes one back that is under way. There is none, or this one no longer takes the word.",
    fix: "`fsd status SERVICE` shows what serves and how far a deployment is.",
    said: { message: "no deployment of orders on prod goes on", hint: "fsd status orders --env prod shows what serves" },
  },
  FSD5130: {
    why: "The command was interrupted (Ctrl-C, SIGTERM). The message says whether anything had begun: CloudFormation and ECS go on with what they were told, with or without fsd.",
    fix: "`fsd status SERVICE` shows how far it is. Deploying again waits for what still goes on, or says that it does.",
    said: { message: "interrupted while the stack fsd-prod-orders is UPDATE_IN_PROGRESS; it goes on without fsd" },
  },
} as const satisfies Partial<Record<FailureCode, FailurePage>>;
