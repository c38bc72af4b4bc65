/** What the stack of a service or job is given for the parameters of its template. */
import { failure } from "../model/failures.ts";
import { initialDesiredCount } from "../synth/service/synthesize-service.ts";
import type { Template } from "../synth/template.ts";
import type { Deployment } from "./deployment.ts";
import type { ReadyImage } from "./image/ready-image.ts";
import type { StackView } from "./stack/stack.ts";

/** Values of the stack's parameters; undefined keeps what it has. */
export function parametersFor(
  { service, wishes, lookedUp, tags }: Deployment,
  { reference }: ReadyImage,
  template: Template,
  existing: StackView | undefined,
): Readonly<Record<string, string | undefined>> {
  if (reference === undefined && existing === undefined) {
    throw failure("FSD8002", `${service.name} has no image yet`, {
      hint: "give --version or --image, or a build in the manifest; later deployments keep the live one",
    });
  }
  const declared = template.Parameters ?? {};
  const kept = (name: string): boolean => existing?.parameters[name] !== undefined;
  const known: Record<string, string | undefined> = { ...lookedUp, ImageUri: reference };
  if ("Repository" in declared) known.Repository = tags["fsd:repository"] ?? "";
  // What scaling chose must survive a deployment: the count is given at creation and left out of every update.
  if ("DesiredCount" in declared) known.DesiredCount = existing === undefined ? String(initialDesiredCount(service) ?? "") : "";
  if ("Version" in declared && (wishes.version !== undefined || kept("Version"))) known.Version = wishes.version;
  return known;
}
