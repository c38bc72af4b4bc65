/**
 * A protected environment: `protect: true` in its document, or, for the verbs that read no document, and where a document
 * says so no longer, an environment's stack with termination protection. Protection is never withdrawn by leaving
 * `protect` out alone: a document of yesterday must not open production. Whoever means it says `fsd deploy --unprotect`.
 */
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import type { StackView } from "../stack/stack.ts";

export interface Protection {
  /** What changes the environment is approved and recorded, and the last task goes with `--force` only. */
  readonly isProtected: boolean;
  /** Stacks that are deployed get termination protection. */
  readonly protects: boolean;
  /** The environment's stacks lose it. */
  readonly withdraws: boolean;
  /** What is to be said about it, when the document and the environment differ. */
  readonly remark?: string;
}

type Document = Pick<ResolvedEnvironment, "name" | "protect">;
type Stands = Pick<StackView, "name" | "terminationProtection">;

/**
 * @param stack the environment's, when it stands
 * @param unprotect whether `--unprotect` was given; fails as FSD5001 when the document still says `protect: true`
 */
export function protectionOf({ name, protect }: Document, stack: Stands | undefined, unprotect: boolean): Protection {
  if (protect && unprotect) {
    throw failure("FSD5001", `--unprotect withdraws the protection of ${name}, and its document says protect: true`, {
      hint: `take protect out of the Environment document of ${name} first`,
    });
  }
  const stands = stack?.terminationProtection === true;
  const withdraws = stands && unprotect;
  const isProtected = protect || stands;
  const remark =
    stands && !protect && !unprotect
      ? `${stack.name} is protected, though the document of ${name} does not say protect: true; it stays so: deploy with --unprotect to withdraw it`
      : undefined;
  return { isProtected, protects: isProtected && !withdraws, withdraws, ...(remark === undefined ? {} : { remark }) };
}

/** Fails as FSD8010 when something of a protected environment would be deleted. */
export function refuseProtected(env: string, stacks: readonly Stands[]): void {
  const guarded = stacks.filter(({ terminationProtection }) => terminationProtection).map(({ name }) => name);
  if (guarded.length === 0) return;
  throw failure("FSD8010", `${env} is protected: termination protection is on for ${guarded.join(", ")}`, {
    hint: `--force lifts the protection of what is named and deletes it; to withdraw it for good take protect out of the document of ${env} and deploy with --unprotect`,
  });
}
