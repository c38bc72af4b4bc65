/**
 * What the findings of an image's scan do to its deployment: by severity they block it, ask for a person's word, are
 * noted, or are ignored (`images.scanGate`). An image that nobody has scanned is not clean: where anything would block or ask,
 * it is asked for. What is judged is the service's own image; what runs already is not judged again.
 */
import type { DescribeImageScanFindingsCommandOutput } from "@aws-sdk/client-ecr";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";

export const severities = ["critical", "high", "medium", "low"] as const;
export type Severity = (typeof severities)[number];
export type ScanGate = ResolvedEnvironment["images"]["scanGate"];

export interface Finding {
  readonly severity: Severity;
  /** `CVE-2026-1234`. */
  readonly name: string;
  /** `openssl 3.0.11`, where the scan tells. */
  readonly where: string | undefined;
}

/** What is known of an image's vulnerabilities. */
export type Scan =
  | { readonly kind: "scanned"; readonly counts: Readonly<Record<Severity, number>>; readonly findings: readonly Finding[] }
  | { readonly kind: "unknown"; readonly why: string };

export type Verdict =
  | { readonly kind: "pass"; readonly note: string | undefined }
  | { readonly kind: "ask"; readonly about: string }
  | { readonly kind: "block"; readonly about: string };

export function judgeScan(gate: ScanGate, scan: Scan): Verdict {
  if (scan.kind === "unknown") {
    const minds = severities.some((severity) => gate[severity] === "block" || gate[severity] === "ask");
    return minds ? { kind: "ask", about: `nobody has looked for vulnerabilities: ${scan.why}` } : { kind: "pass", note: undefined };
  }
  const found = severities.filter((severity) => scan.counts[severity] > 0);
  const blocking = found.filter((severity) => gate[severity] === "block");
  const asking = found.filter((severity) => gate[severity] === "ask");
  if (blocking.length > 0) return { kind: "block", about: told(scan, blocking) };
  if (asking.length > 0) return { kind: "ask", about: told(scan, asking) };
  const noted = found.filter((severity) => gate[severity] === "note");
  return { kind: "pass", note: noted.length === 0 ? undefined : told(scan, noted) };
}

/** How many findings are named; the others are counted. */
const NAMED = 3;

/** `2 critical, 1 high: CVE-2026-1 (openssl 3.0.11), CVE-2026-2 and 1 more` */
function told({ counts, findings }: Extract<Scan, { kind: "scanned" }>, shown: readonly Severity[]): string {
  const total = shown.reduce((sum, severity) => sum + counts[severity], 0);
  const named = shown
    .flatMap((severity) => findings.filter((finding) => finding.severity === severity))
    .slice(0, NAMED)
    .map(({ name, where }) => (where === undefined ? name : `${name} (${where})`));
  const more = total - named.length;
  const list = named.length === 0 ? "" : `: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return `${shown.map((severity) => `${counts[severity]} ${severity}`).join(", ")}${list}`;
}

/**
 * ECR's answer as a scan; undefined while it goes on. Basic scans tell `findings`, enhanced ones `enhancedFindings`. A finding
 * whose severity is not known yet counts as medium, an informational one not at all.
 */
export function scanOf({ imageScanStatus, imageScanFindings }: DescribeImageScanFindingsCommandOutput): Scan | undefined {
  const { status = "", description } = imageScanStatus ?? {};
  if (status === "IN_PROGRESS" || status === "PENDING") return undefined;
  if (status !== "COMPLETE" && status !== "ACTIVE") {
    return { kind: "unknown", why: `its scan is ${status}${description === undefined ? "" : `, ${description}`}` };
  }
  const counts: Record<Severity, number> = { critical: 0, high: 0, medium: 0, low: 0 };
  for (const [name, count] of Object.entries(imageScanFindings?.findingSeverityCounts ?? {})) {
    const severity = severityOf(name);
    if (severity !== undefined) counts[severity] += count ?? 0;
  }
  const findings = [
    ...(imageScanFindings?.findings ?? []).map(({ name, severity, attributes = [] }) => {
      const value = (key: string): string | undefined => attributes.find((attribute) => attribute.key === key)?.value;
      return { severity: severityOf(severity), name, where: [value("package_name"), value("package_version")] };
    }),
    ...(imageScanFindings?.enhancedFindings ?? []).map(({ severity, title, packageVulnerabilityDetails: details }) => {
      const [first] = details?.vulnerablePackages ?? [];
      return { severity: severityOf(severity), name: details?.vulnerabilityId ?? title, where: [first?.name, first?.version] };
    }),
  ].flatMap(({ severity, name = "unnamed", where }): Finding[] => {
    const text = where.filter((part) => part !== undefined).join(" ");
    return severity === undefined ? [] : [{ severity, name, where: text === "" ? undefined : text }];
  });
  return { kind: "scanned", counts, findings };
}

function severityOf(name: string | undefined): Severity | undefined {
  const known = name?.toLowerCase();
  if (known === "informational") return undefined;
  return severities.find((severity) => severity === known) ?? "medium";
}
