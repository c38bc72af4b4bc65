/** What the registry of codes says about each. */
export type Severity = "error" | "warning" | "info";

export interface CodeEntry {
  readonly severity: Severity;
  readonly title: string;
  /** Why it is refused or remarked: what would happen on AWS. */
  readonly why: string;
  readonly fix: string;
}

export const error = (title: string, why: string, fix: string): CodeEntry => ({ severity: "error", title, why, fix });
export const warning = (title: string, why: string, fix: string): CodeEntry => ({ severity: "warning", title, why, fix });
export const info = (title: string, why: string, fix: string): CodeEntry => ({ severity: "info", title, why, fix });
