/** What is to be deployed, where, with whose word, and what the deployment needs of the world. */
import type { Aws } from "../aws/aws.ts";
import type { CloudWatch } from "../aws/cloud-watch.ts";
import type { JobServices } from "../aws/job-services.ts";
import type { Roles } from "../aws/roles.ts";
import type { SecretStores } from "../aws/secret-stores.ts";
import type { Clock } from "../kit/clock.ts";
import type { Deployable } from "../manifest/deployable.ts";
import type { ResolvedEnvironment } from "../manifest/resolved.ts";
import type { ImageWishes } from "./image/image-choice.ts";
import type { Agreement } from "./protection/approval.ts";

export interface DeployRequest {
  readonly aws: Aws;
  readonly secretStores: SecretStores;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly environment: ResolvedEnvironment;
  /** Services and jobs. */
  readonly documents: readonly Deployable[];
  /** Asked for when a job has schedules. */
  readonly jobServices: () => Promise<JobServices>;
  /** Asked for when a service is watched after its deployment. */
  readonly cloudWatch: () => Promise<CloudWatch>;
  /** Asked for only when ECS cannot assume a role of a service's tasks. */
  readonly roles: () => Promise<Roles>;
  readonly wishes: ImageWishes;
  /**
   * Asks a person whether an image with findings shall be deployed, or a protected environment changed; rejects when the
   * answer is no, or nobody can be asked.
   */
  readonly agree: (question: string) => Promise<Agreement>;
  /** ARN of who approves, where that is another than who calls, as with an assumed role. */
  readonly approver?: () => Promise<string>;
  /** What the manifests' own paths are relative to. */
  readonly cwd: string;
  /** How long each service's rollout may take before it is ended; computed from its manifest when absent. */
  readonly timeoutMs?: number | undefined;
  /** How many times faster than AWS the environment's waits are; absent: as on AWS. */
  readonly speed?: number | undefined;
  /** The local platform's; absent elsewhere. */
  readonly stateDir?: string | undefined;
  /** This program's version. */
  readonly fsdVersion: string;
  /** Deploys over a stack of another service or repository. */
  readonly takeOver: boolean;
  /** Lets a service of a protected environment be left without tasks. */
  readonly force?: boolean;
  /** Withdraws the protection of an environment whose document does not say `protect: true`. */
  readonly unprotect?: boolean;
}
