/**
 * For every code a manifest (or a command) that earns it, and one that does not: the examples of `docs/errors/`.
 * A test reads them all, so that a page cannot show what is not so.
 */
import { deploymentExamples } from "./code-examples/deployment.ts";
import { environmentsExamples } from "./code-examples/environments.ts";
import type { CodeExample } from "./code-examples/example-manifests.ts";
import { fileExamples } from "./code-examples/file.ts";
import { networkExamples } from "./code-examples/network.ts";
import { securityExamples } from "./code-examples/security.ts";
import { shapeExamples } from "./code-examples/shape.ts";
import { sizesExamples } from "./code-examples/sizes.ts";
import { templateExamples } from "./code-examples/template.ts";
import { togetherExamples } from "./code-examples/together.ts";
import { valuesExamples } from "./code-examples/values.ts";
import type { Code } from "./codes.ts";

export const codeExamples: Readonly<Record<Code, CodeExample>> = {
  ...fileExamples,
  ...shapeExamples,
  ...sizesExamples,
  ...valuesExamples,
  ...networkExamples,
  ...deploymentExamples,
  ...securityExamples,
  ...togetherExamples,
  ...environmentsExamples,
  ...templateExamples,
};
