/** CloudWatch's exceptions, made with a message only. */
import {
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  MissingRequiredParameterException,
  ResourceNotFound,
  ResourceNotFoundException,
} from "@aws-sdk/client-cloudwatch";

export function invalidValue(message: string): InvalidParameterValueException {
  return new InvalidParameterValueException({ message, $metadata: {} });
}

export function invalidCombination(message: string): InvalidParameterCombinationException {
  return new InvalidParameterCombinationException({ message, $metadata: {} });
}

export function missingParameter(message: string): MissingRequiredParameterException {
  return new MissingRequiredParameterException({ message, $metadata: {} });
}

/** Of the alarm operations. */
export function alarmNotFound(name: string): ResourceNotFound {
  return new ResourceNotFound({ message: `Unknown alarm: ${name}`, $metadata: {} });
}

/** Of the tag operations. */
export function resourceNotFound(arn: string): ResourceNotFoundException {
  return new ResourceNotFoundException({ message: `Unknown resource: ${arn}`, ResourceType: "cloudwatch", ResourceId: arn, $metadata: {} });
}
