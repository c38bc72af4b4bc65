/** One service or job as it is about to be deployed: let in, and not yet begun. */
import type { Parameters } from "../aws/parameters.ts";
import type { Deployable } from "../manifest/deployable.ts";
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";
import type { LookedUp } from "./admission/looked-up-values.ts";
import type { ImageWishes, Place } from "./image/image-choice.ts";
import type { StackGuard } from "./stack/apply-stack.ts";

export interface Deployment {
  readonly document: Deployable;
  /** What of the document runs: the service itself, or the job's task. */
  readonly service: ResolvedService;
  readonly environment: ResolvedEnvironment;
  readonly place: Place;
  readonly wishes: ImageWishes;
  /** What the manifest's own path is relative to. */
  readonly cwd: string;
  /** Where it is kept that the service is frozen. */
  readonly parameters: Parameters;
  /** Values of the template's parameters that synthesis cannot know. */
  readonly lookedUp: LookedUp;
  /** How long its rollout may take before it is ended; computed from the manifest when absent. */
  readonly timeoutMs?: number | undefined;
  /** How many times faster than AWS the environment's waits are: 1, except on local. */
  readonly speed: number;
  /** It had no stack when its deployment began. */
  readonly isNew: boolean;
  /** Of the stack. */
  readonly tags: Readonly<Record<string, string>>;
  /** In a protected environment. */
  readonly guard?: StackGuard;
}
