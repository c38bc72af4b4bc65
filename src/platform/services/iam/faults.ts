/** IAM's errors in IAM's words. */
import {
  DeleteConflictException,
  EntityAlreadyExistsException,
  InvalidInputException,
  LimitExceededException,
  MalformedPolicyDocumentException,
  NoSuchEntityException,
} from "@aws-sdk/client-iam";

const $metadata = {};

export const noSuchEntity = (message: string) => new NoSuchEntityException({ message, $metadata });
export const alreadyExists = (message: string) => new EntityAlreadyExistsException({ message, $metadata });
export const deleteConflict = (message: string) => new DeleteConflictException({ message, $metadata });
export const limitExceeded = (message: string) => new LimitExceededException({ message, $metadata });
export const invalidInput = (message: string) => new InvalidInputException({ message, $metadata });
export const malformedPolicy = (message: string) => new MalformedPolicyDocumentException({ message, $metadata });
