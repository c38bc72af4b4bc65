/** What a newcomer is asked on a terminal: each question has the proposal as its answer, and what a flag said is not asked. */
import { failure } from "../model/failures.ts";
import { type Project, sizes } from "./project-proposal.ts";
import type { VerbContext } from "./verb.ts";

interface Question {
  readonly text: string;
  readonly flag: string;
  readonly proposal: string;
  /** What the answer makes of the project; undefined when it is none. */
  readonly take: (answer: string, project: Project) => Project | undefined;
  /** Said before it is asked again. */
  readonly wanted: string;
}

const ATTEMPTS = 3;

/** The project as the person answered; as proposed where there is nobody to ask. */
export async function answered(proposed: Project, { askFor, given, output }: VerbContext): Promise<Project> {
  if (askFor === undefined) return proposed;
  let project = proposed;
  for (const question of questions) {
    const { text, flag, proposal, take, wanted } = question(project);
    if (text === "" || given.text(flag) !== undefined || given.flag(flag)) continue;
    for (let attempt = 1; ; attempt++) {
      const asking = askFor(text, proposal);
      if (asking === undefined) return project;
      const answer = await asking;
      if (answer === undefined || attempt > ATTEMPTS) throw failure("FSD5004", "left; nothing was written");
      const next = take(answer, project);
      if (next !== undefined) {
        project = next;
        break;
      }
      output.note(`  ${wanted}`);
    }
  }
  return project;
}

const none: Question = { text: "", flag: "", proposal: "", take: () => undefined, wanted: "" };

const questions: readonly ((project: Project) => Question)[] = [
  ({ name }) => ({
    text: "What is it called?",
    flag: "name",
    proposal: name,
    take: (answer, project) => (/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/.test(answer) ? { ...project, name: answer } : undefined),
    wanted: "lower-case letters, digits and hyphens, at most 40, beginning with a letter",
  }),
  ({ type }) => ({
    text: "Is it a service with a port, a worker without one, or a job that ends?",
    flag: "type",
    proposal: type,
    take: (answer, project) => chosen(answer, ["service", "worker", "job"] as const, (one) => ({ ...project, type: one })),
    wanted: "service, worker or job",
  }),
  ({ type, port }) =>
    type !== "service"
      ? none
      : {
          text: "Which port does it listen on?",
          flag: "port",
          proposal: String(port),
          take: (answer, project) =>
            /^\d{1,5}$/.test(answer) && Number(answer) >= 1 && Number(answer) <= 65_535 ? { ...project, port: Number(answer) } : undefined,
          wanted: "a number from 1 to 65535",
        },
  ({ type, healthPath }) =>
    type !== "service"
      ? none
      : {
          text: "Which path answers 200 when all is well?",
          flag: "health",
          proposal: healthPath,
          take: (answer, project) => (/^\/\S*$/.test(answer) ? { ...project, healthPath: answer } : undefined),
          wanted: "a path that begins with /",
        },
  ({ type, open }) =>
    type !== "service"
      ? none
      : {
          text: "Who may reach it: internal (the network only) or public?",
          flag: "public",
          proposal: open ? "public" : "internal",
          take: (answer, project) => chosen(answer, ["internal", "public"] as const, (one) => ({ ...project, open: one === "public" })),
          wanted: "internal or public",
        },
  ({ size }) => ({
    text: "How large is a task: micro (¼ CPU, 512 MiB), small, medium or large, each twice the one before?",
    flag: "size",
    proposal: size,
    take: (answer, project) => chosen(answer, sizes, (one) => ({ ...project, size: one })),
    wanted: sizes.join(", "),
  }),
];

/** The word that is meant; its beginning is enough. */
function chosen<W extends string>(answer: string, words: readonly W[], project: (word: W) => Project): Project | undefined {
  const found = answer === "" ? undefined : words.find((word) => word.startsWith(answer.toLowerCase()));
  return found === undefined ? undefined : project(found);
}
