/**
 * A template, parameter or request that CloudFormation refuses before it changes anything; on the wire a
 * `ValidationError` with this message. The wording is CloudFormation's own wherever it is known.
 */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TemplateError";
  }
}
