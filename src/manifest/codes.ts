/**
 * The one registry of what can be wrong with a manifest: a file for each family of codes, joined. A code never changes
 * its meaning and is never used again. `docs/errors/` is generated from it.
 */
import type { CodeEntry } from "./code-entry.ts";
import { deploymentCodes } from "./codes/deployment.ts";
import { environmentsCodes } from "./codes/environments.ts";
import { fileCodes } from "./codes/file.ts";
import { networkCodes } from "./codes/network.ts";
import { securityCodes } from "./codes/security.ts";
import { shapeCodes } from "./codes/shape.ts";
import { sizesCodes } from "./codes/sizes.ts";
import { templateCodes } from "./codes/template.ts";
import { togetherCodes } from "./codes/together.ts";
import { valuesCodes } from "./codes/values.ts";

export const codes = {
  ...fileCodes,
  ...shapeCodes,
  ...sizesCodes,
  ...valuesCodes,
  ...networkCodes,
  ...deploymentCodes,
  ...securityCodes,
  ...togetherCodes,
  ...environmentsCodes,
  ...templateCodes,
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
