/** What a deployment needs of synthesis, so that this room can be tested without it. */
import type { ResolvedEnvironment, ResolvedService } from "../manifest/resolved.ts";

export interface Templates {
  /** The environment's template, as CloudFormation takes it. */
  environment(environment: ResolvedEnvironment): string;
  service(service: ResolvedService, environment: ResolvedEnvironment): string;
}
