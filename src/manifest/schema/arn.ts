/** A field that holds the ARN of something that is there already. */
import { text } from "./field.ts";

const arnPattern = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:.+$/s;

export const arn = (about: string, example: string, becomes?: string) =>
  text(about, {
    pattern: arnPattern,
    form: "an ARN (arn:aws:service:region:account:resource)",
    example,
    ...(becomes === undefined ? {} : { becomes }),
  });
