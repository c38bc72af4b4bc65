/** A service of a protected environment keeps its last task, unless `--force` says otherwise. */
import type { Deployable } from "../../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { serviceStackName } from "../../synth/names.ts";
import { synthesizeStack } from "../../synth/synthesize-stack.ts";
import type { StackTools } from "../stack/stack.ts";
import type { Protection } from "./protection.ts";
import { standing } from "./standing.ts";
import { takesLastTask, taskBounds } from "./task-bounds.ts";

/** Fails as FSD8011 where a service that always had a task could be left with none, without `--force`. Asks only in a protected environment. */
export async function refuseLastTasks(
  documents: readonly Deployable[],
  { environment, protection, force }: { environment: ResolvedEnvironment; protection: Protection; force: boolean },
  tools: StackTools,
): Promise<void> {
  if (!protection.isProtected || force) return;
  await Promise.all(
    documents.map(async (document) => {
      const { release } = await standing(serviceStackName(environment.name, document.name), tools);
      const live = release === undefined || release === "unknown" ? release : taskBounds(release.template);
      const next = taskBounds(synthesizeStack(document, environment));
      if (!takesLastTask(live, next)) return;
      const was = live === "unknown" ? "what it has now cannot be read" : `it has at least ${live?.least} now`;
      throw failure(
        "FSD8011",
        `${document.name} on ${environment.name}, which is protected, could be left with no task: ${next.most > 0 ? "scaling or a schedule may go down to 0" : "it would have 0"}, and ${was}`,
        { hint: `if that is what you want, deploy with --force; else let desiredCount and every minCapacity be at least 1` },
      );
    }),
  );
}
