/** The faults of EventBridge, as the SDK's exception classes. */
import {
  InvalidEventPatternException,
  LimitExceededException,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from "@aws-sdk/client-eventbridge";
import { AwsFault } from "../../gateway/aws-fault.ts";

/** EventBridge answers this code without modelling it. */
export const invalid = (message: string) => new AwsFault("ValidationException", message);
export const notFound = (message: string) => new ResourceNotFoundException({ message, $metadata: {} });
export const alreadyExists = (message: string) => new ResourceAlreadyExistsException({ message, $metadata: {} });
export const invalidPattern = (reason: string) =>
  new InvalidEventPatternException({ message: `Event pattern is not valid. Reason: ${reason}`, $metadata: {} });
export const limitExceeded = (message: string) => new LimitExceededException({ message, $metadata: {} });
