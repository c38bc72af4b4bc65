/** CloudFormation's answers to requests it refuses. */
import { TemplateError } from "../../../engine/stack/template-error.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";

/** CloudFormation has one unmodelled code for most of what a caller can do wrong. */
export function validationError(message: string): AwsFault {
  return new AwsFault("ValidationError", message);
}

export function noStack(name: string): AwsFault {
  return validationError(`Stack with id ${name} does not exist`);
}

/** Runs what may refuse a template; its refusal is a `ValidationError` on the wire. */
export function refusing<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (fault) {
    throw fault instanceof TemplateError ? validationError(fault.message) : fault;
  }
}
