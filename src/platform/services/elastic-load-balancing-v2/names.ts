import { validationError } from "./faults.ts";

/** A load balancer's or target group's name: up to 32 letters, digits and inner hyphens. */
export function acceptName(what: "load balancer" | "target group", name: string | undefined): string {
  const Noun = what === "load balancer" ? "Load balancer" : "Target group";
  if (name === undefined || name === "") throw validationError(`A ${what} name must be specified`);
  if (name.length > 32) throw validationError(`${Noun} name '${name}' cannot be longer than '32' characters`);
  if (!/^[a-zA-Z0-9-]+$/.test(name))
    throw validationError(`${Noun} name '${name}' can only contain characters that are alphanumeric characters and hyphens(-)`);
  if (/^-|-$/.test(name)) throw validationError(`${Noun} name '${name}' cannot begin or end with a hyphen(-)`);
  if (what === "load balancer" && name.startsWith("internal-"))
    throw validationError(`Load balancer name '${name}' cannot begin with 'internal-'`);
  return name;
}
