/** `fsd init`: a first manifest from what is in the folder. */
import type { Verb } from "./verb.ts";

export const initVerb: Verb = {
  name: "init",
  summary: "write a first fsd.yml for the project in this folder",
  description:
    "Looks at a Dockerfile (EXPOSE, CMD) and at a FastAPI, Flask, Django, Celery or Node project here and proposes the smallest manifest that is valid. On a terminal it asks for what no flag says, with what it found as the proposal, and shows the manifest before it writes; elsewhere, or with --yes, it writes. An fsd.yml that is there is kept, unless --force is given.",
  options: [
    { flags: "--name <name>", summary: "the service's name (else the project's, else the folder's)" },
    { flags: "--type <type>", summary: "what it is (else as found)", choices: ["service", "worker", "job"] },
    { flags: "--port <number>", summary: "port it listens on (else as found)" },
    { flags: "--health <path>", summary: "path that answers 200 when all is well (else as found)" },
    { flags: "--size <size>", summary: "how large a task is (else micro)", choices: ["micro", "small", "medium", "large"] },
    { flags: "--public", summary: "the world may reach it, not only the network" },
    { flags: "--image <reference>", summary: "an image instead of a build from this folder" },
    { flags: "--force", summary: "replace an fsd.yml that is there" },
    { flags: "-y, --yes", summary: "do not ask" },
  ],
  examples: [
    { command: "fsd init", summary: "propose from what is here" },
    { command: "fsd init --name items --port 8000 --yes", summary: "without questions" },
  ],
  exitCodes: [3],
  load: async () => (await import("./init-handler.ts")).initHandler,
};
