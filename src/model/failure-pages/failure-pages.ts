import type { FailureCode } from "../failures.ts";
import { awsPages } from "./aws.ts";
import { deploymentPages } from "./deployment.ts";
import type { FailurePage } from "./failure-page.ts";
import { localPlatformPages } from "./local-platform.ts";
import { usagePages } from "./usage.ts";

/** Every expected failure at length. Only `fsd explain` and the generator of `docs/errors/` load it. */
export const failurePages: Readonly<Record<FailureCode, FailurePage>> = {
  ...usagePages,
  ...localPlatformPages,
  ...awsPages,
  ...deploymentPages,
};
