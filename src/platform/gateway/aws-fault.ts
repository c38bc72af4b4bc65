/**
 * An error of the local AWS whose code the SDK does not model as an exception class (all of EC2, CloudFormation's
 * `ValidationError`, `AccessDenied` …). Modelled errors are thrown as the SDK's own classes.
 */
export class AwsFault extends Error {
  /** As AWS spells it on the wire: `InvalidVpcID.NotFound`. */
  readonly code: string;
  /** HTTP status, 400 unless the service answers otherwise. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}
