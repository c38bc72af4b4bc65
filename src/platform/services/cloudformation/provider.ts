/**
 * AWS CloudFormation on the local platform: stacks and change sets over the API, carried out by `StackExecutor`. The
 * executor is made apart from this file, because it resumes stacks at start, long before anyone asks the API (and
 * before the SDK's client module, which this file needs for its exceptions, has to be loaded).
 */
import type { Provider } from "../../gateway/operations.ts";
import { ChangeSetStore } from "./change-set-store.ts";
import { changeSets } from "./change-sets.ts";
import { stackChanges } from "./stack-changes.ts";
import { stackDescriptions } from "./stack-descriptions.ts";
import type { StackExecutor, StackExecutorDependencies } from "./stack-executor.ts";
import { templates } from "./templates.ts";

/** `dependencies` are those the executor was made with. */
export function cloudformationProvider(executor: StackExecutor, dependencies: StackExecutorDependencies): Provider<"cloudformation"> {
  const records = new ChangeSetStore(dependencies.store);
  return {
    service: "cloudformation",
    operations: {
      ...stackChanges(executor, records, dependencies),
      ...changeSets(executor, records, dependencies),
      ...stackDescriptions(executor),
      ...templates(executor),
    },
  };
}
