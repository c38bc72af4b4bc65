/** Fields that the format knows and this version of fsd does not act on: whoever writes one must not believe that it works. */
import type { Rules } from "./rules.ts";

const ofEnvironments: Readonly<Record<string, string>> = {
  "environment.images.scanGate": "findings of a scan hinder no deploy",
};

export function checkWithoutEffect(rules: Rules): void {
  for (const [path, instead] of Object.entries(ofEnvironments)) {
    if (rules.given(path) && rules.sound(path)) rules.report("FSD1905", path, `${path.split(".").at(-1)} has no effect yet: ${instead}`);
  }
}

/** The paths of these fields below their kind's body, for the reference. */
export const withoutEffect: readonly string[] = Object.keys(ofEnvironments).map((path) => path.replace(/^environment\./, ""));
