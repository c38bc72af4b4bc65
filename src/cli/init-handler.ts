/** Finds out about the project, shows the manifest it proposes, and writes it. JSON is `{file, manifest, found}`. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { loadManifests } from "../manifest/load.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { answered } from "./init-questions.ts";
import { inspectProject, manifestText, type Project } from "./project-proposal.ts";
import type { Handler } from "./verb.ts";

const FILE = "fsd.yml";
const LARGEST = 1024 * 1024;

export const initHandler: Handler = async (context) => {
  const { given, output, cwd } = context;
  const target = join(cwd, FILE);
  if (!given.flag("force") && statSync(target, { throwIfNoEntry: false }) !== undefined) {
    throw failure("FSD5001", `there is already an ${FILE} here; it was left as it is`, { hint: "--force replaces it" });
  }
  const found = inspectProject((file) => readText(join(cwd, file)), basename(resolve(cwd)));
  const port = given.text("port");
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw failure("FSD5001", `--port ${port} is not a number`, { hint: "--port 8000" });
  const wanted = given.text("type") as Project["type"] | undefined;
  const type = wanted ?? (port === undefined ? found.type : "service");
  if (port !== undefined && type !== "service") throw failure("FSD5001", `a ${type} has no port`, { hint: "leave --port or --type out" });
  const proposed: Project = {
    ...found,
    type,
    name: given.text("name") ?? found.name,
    port: port === undefined ? found.port : Number(port),
    healthPath: given.text("health") ?? found.healthPath,
    open: given.flag("public"),
    size: (given.text("size") as Project["size"] | undefined) ?? found.size,
    image: given.text("image"),
  };
  const quiet = output.format === "json" || given.flag("yes");
  if (output.format === "text") for (const line of found.found) output.note(`found ${line}`);
  const project = quiet ? proposed : await answered(proposed, context);
  const manifest = manifestText(project);
  // Flags are the only part that can be wrong: what was found is made to fit.
  const { diagnostics } = loadManifests([{ file: FILE, bytes: Buffer.from(manifest) }]);
  const wrong = diagnostics.find(({ severity }) => severity === "error");
  if (wrong !== undefined) {
    throw failure("FSD5001", `${wrong.path}: ${wrong.message}`, wrong.hint === "" ? {} : { hint: wrong.hint });
  }
  if (!quiet) {
    output.note(`\n${manifest}`);
    // Nothing that exists is at stake, so Enter goes on; where nobody can be asked, the command itself is the answer.
    if ((await (context.ask(`Write this to ${FILE}?`, true) ?? true)) === false) throw failure("FSD5004", "declined; nothing was written");
  }
  writeFileSync(target, manifest, { flag: given.flag("force") ? "w" : "wx" });
  if (output.format === "json") output.json({ file: FILE, manifest, found: project.found });
  else {
    output.line(`wrote ${FILE}`);
    for (const line of project.missing) output.note(`${output.paint.warn("missing")} ${line}`);
    output.note("next: fsd validate, fsd deploy --env local");
  }
  return ExitCode.done;
};

/** A project's file as text; undefined when there is none, or none that a person wrote. */
function readText(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.size <= LARGEST ? readFileSync(path, "utf8") : undefined;
}
