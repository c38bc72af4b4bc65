/** Words a request's problems as its service does: Coral's "N validation errors detected", EC2's own sentences. */
import { AwsFault } from "./aws-fault.ts";
import type { ExceptionSchema } from "./schema.ts";
import type { ServiceEntry } from "./service-catalog.ts";
import type { Problem } from "./validate.ts";

/** The error the request is refused with; undefined when nothing is wrong. */
export function refusal(
  problems: readonly Problem[],
  service: ServiceEntry,
  exceptions: ReadonlyMap<string, ExceptionSchema>,
): Error | undefined {
  if (problems.length === 0) return undefined;
  const wrongType = problems.find((problem) => problem.kind === "type");
  if (service.invalid.wording === "ec2") return ec2Refusal(problems[0] as Problem);
  if (wrongType !== undefined) {
    const { path, found, expected } = wrongType;
    return new AwsFault(
      service.query === undefined ? "SerializationException" : "MalformedInput",
      `${found} can not be converted to ${expected} at '${path}'`,
    );
  }
  const count = problems.length === 1 ? "1 validation error" : `${problems.length} validation errors`;
  const message = `${count} detected: ${problems.map(coralSentence).join("; ")}`;
  return exceptions.get(service.invalid.code)?.create(message) ?? new AwsFault(service.invalid.code, message);
}

function coralSentence(problem: Problem): string {
  if (problem.kind === "missing") return `Value null at '${problem.path}' failed to satisfy constraint: Member must not be null`;
  if (problem.kind === "type") return `Value at '${problem.path}' is not ${problem.expected}`;
  const value = problem.shown === undefined ? "Value" : `Value '${problem.shown}'`;
  return `${value} at '${problem.path}' failed to satisfy constraint: ${problem.requirement}`;
}

function ec2Refusal(problem: Problem): AwsFault {
  if (problem.kind === "missing") return new AwsFault("MissingParameter", `The request must contain the parameter ${problem.path}`);
  if (problem.kind === "type")
    return new AwsFault("InvalidParameterValue", `Invalid value for parameter ${problem.path}: ${problem.expected} is expected`);
  const { shown = "", path, requirement } = problem;
  if (requirement.startsWith("Member must satisfy enum"))
    return new AwsFault("InvalidParameterValue", `Invalid value '${shown}' for ${path}.`);
  return new AwsFault(
    "InvalidParameterValue",
    `Value ( ${shown} ) for parameter ${path} is invalid. ${requirement.replace("Member must have", "Expecting")}.`,
  );
}
