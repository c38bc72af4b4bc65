import { describe, expect, it } from "vitest";
import { judgeScan, type Scan, type ScanGate, scanOf } from "./scan-gate.ts";

const usual: ScanGate = { critical: "block", high: "block", medium: "ask", low: "note" };
const scanned = (counts: Partial<Record<"critical" | "high" | "medium" | "low", number>>): Scan => ({
  kind: "scanned",
  counts: { critical: 0, high: 0, medium: 0, low: 0, ...counts },
  findings: [
    { severity: "low", name: "CVE-4", where: undefined },
    { severity: "critical", name: "CVE-1", where: "openssl 3.0.11" },
  ],
});

describe("an image's findings", () => {
  it.each([
    ["none", {}, { kind: "pass", note: undefined }],
    ["low ones", { low: 2 }, { kind: "pass", note: "2 low: CVE-4 and 1 more" }],
    ["medium ones besides low ones", { medium: 1, low: 5 }, { kind: "ask", about: "1 medium" }],
    ["a high one besides medium ones", { high: 1, medium: 9 }, { kind: "block", about: "1 high" }],
    [
      "critical ones, named with their package",
      { critical: 2, high: 1 },
      { kind: "block", about: "2 critical, 1 high: CVE-1 (openssl 3.0.11) and 2 more" },
    ],
  ] as const)("%s", (_, counts, verdict) => expect(judgeScan(usual, scanned(counts))).toEqual(verdict));

  it("do what the gate says, also nothing", () => {
    const open: ScanGate = { critical: "note", high: "ignore", medium: "ignore", low: "block" };
    expect(judgeScan(open, scanned({ critical: 1, high: 3 }))).toEqual({ kind: "pass", note: "1 critical: CVE-1 (openssl 3.0.11)" });
    expect(judgeScan(open, scanned({ low: 1 }))).toEqual({ kind: "block", about: "1 low: CVE-4" });
  });

  it("are not none when nobody has looked: it is asked for, unless nothing would be asked or blocked", () => {
    const unknown: Scan = { kind: "unknown", why: "it was never scanned" };
    expect(judgeScan(usual, unknown)).toEqual({ kind: "ask", about: "nobody has looked for vulnerabilities: it was never scanned" });
    const calm: ScanGate = { critical: "note", high: "note", medium: "ignore", low: "ignore" };
    expect(judgeScan(calm, unknown)).toEqual({ kind: "pass", note: undefined });
  });
});

describe("ECR's answer", () => {
  const answer = (value: object) => scanOf(value as Parameters<typeof scanOf>[0]);

  it("of a basic scan tells counts and packages; what has no severity yet is medium, information is nothing", () => {
    expect(
      answer({
        imageScanStatus: { status: "COMPLETE" },
        imageScanFindings: {
          findingSeverityCounts: { CRITICAL: 1, UNDEFINED: 2, INFORMATIONAL: 7 },
          findings: [
            {
              name: "CVE-1",
              severity: "CRITICAL",
              attributes: [
                { key: "package_name", value: "zlib" },
                { key: "package_version", value: "1.3" },
              ],
            },
            { name: "CVE-2", severity: "INFORMATIONAL" },
          ],
        },
      }),
    ).toEqual({
      kind: "scanned",
      counts: { critical: 1, high: 0, medium: 2, low: 0 },
      findings: [{ severity: "critical", name: "CVE-1", where: "zlib 1.3" }],
    });
  });

  it("of an enhanced scan tells the same", () => {
    expect(
      answer({
        imageScanStatus: { status: "ACTIVE" },
        imageScanFindings: {
          findingSeverityCounts: { HIGH: 1 },
          enhancedFindings: [
            {
              severity: "HIGH",
              title: "CVE-9 - curl",
              packageVulnerabilityDetails: { vulnerabilityId: "CVE-9", vulnerablePackages: [{ name: "curl", version: "8.1" }] },
            },
          ],
        },
      }),
    ).toMatchObject({ counts: { high: 1 }, findings: [{ severity: "high", name: "CVE-9", where: "curl 8.1" }] });
  });

  it.each([
    ["IN_PROGRESS", undefined],
    ["PENDING", undefined],
    ["UNSUPPORTED_IMAGE", { kind: "unknown", why: "its scan is UNSUPPORTED_IMAGE, no operating system" }],
    ["FAILED", { kind: "unknown", why: "its scan is FAILED, no operating system" }],
  ])("while the scan is %s", (status, scan) =>
    expect(answer({ imageScanStatus: { status, description: "no operating system" } })).toEqual(scan),
  );
});
