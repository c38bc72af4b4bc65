import type { ResolvedService } from "../manifest/resolved.ts";
import { failure } from "../model/failures.ts";

/** The services that `--service` names, or all; a name that no manifest has is refused. */
export function chosenServices(services: readonly ResolvedService[], wanted: readonly string[]): readonly ResolvedService[] {
  const missing = wanted.find((name) => !services.some((service) => service.name === name));
  if (missing !== undefined) {
    const known = services.map(({ name }) => name).join(", ");
    throw failure("FSD5002", `no manifest describes the service ${missing}`, { hint: `there are ${known === "" ? "none" : known}` });
  }
  const chosen = services.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  if (chosen.length === 0) throw failure("FSD5002", "no manifest describes a service");
  return chosen;
}
