/** What `fsd deploy --output json` says of why a deployment failed. */
import type { Outcome } from "./outcome.ts";

export interface Cause {
  readonly kind: string;
  readonly summary: string;
  readonly evidence: readonly string[];
  readonly fix: string;
  readonly command: string;
}

/** The likeliest first; none when nothing was diagnosed. */
export function causesIn({ stdout }: Outcome): readonly Cause[] {
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as { type: string; diagnosis?: { causes: Cause[] } });
  return events.find(({ type }) => type === "diagnosis")?.diagnosis?.causes ?? [];
}
