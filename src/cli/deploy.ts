/** `fsd deploy`: from manifests to live services. */
import { ExitCode } from "../model/exit-code.ts";
import { connectionOptions, serviceOption } from "./operate.ts";
import { manifestOptions } from "./validate.ts";
import type { Verb } from "./verb.ts";

export const deployVerb: Verb = {
  name: "deploy",
  summary: "bring services and jobs to what their manifests say, and watch until they are live",
  description:
    "On local it starts the local platform when that does not run. Success means that the requested revision is live (of a job: that its next run takes it); when it is not, the cause, the evidence and the fix are shown.",
  options: [
    ...manifestOptions,
    { ...serviceOption, summary: "deploy only this service or job of the files (repeatable)" },
    { flags: "--version <version>", summary: "the image's version: ${VERSION}, or the tag in the service's own repository" },
    { flags: "--image <reference>", summary: "deploy this image instead of the manifest's (one service or job)" },
    { flags: "--strict", summary: "warnings of the manifest are errors" },
    { flags: "--watch", summary: "local only: deploy again whenever a source file changes, until interrupted" },
    {
      flags: "--timeout <minutes>",
      summary: "end a rollout that is not live after this long (else a limit computed from the manifest)",
    },
    { flags: "--take-over", summary: "deploy over a stack that another service or repository has" },
    { flags: "--force", summary: "protected environment: leave a service without its last task, or replace what holds data or an address" },
    { flags: "--unprotect", summary: "withdraw the protection of an environment whose document no longer says protect: true" },
    { flags: "-y, --yes", summary: "do not ask; in a protected environment this is the approval, which is recorded" },
    ...connectionOptions,
  ],
  examples: [
    { command: "fsd deploy", summary: "the fsd.yml of this folder to this machine" },
    { command: "fsd deploy --watch", summary: "and again whenever a file changes" },
    { command: "fsd deploy --env prod --version 1.4.2 --yes", summary: "from a pipeline" },
    { command: "fsd deploy -f api/fsd.yml -f worker/fsd.yml --service worker", summary: "one of several services" },
  ],
  exitCodes: [ExitCode.declined, ExitCode.rolledBack, ExitCode.interrupted],
  jsonLines: true,
  load: async () => (await import("./aws-verbs.ts")).handlers.deploy,
};
