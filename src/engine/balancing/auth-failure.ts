/**
 * How the authentication of a user fails: by AWS's reason codes (ALB, "Error reason codes" of access logs), with the metric
 * each counts in and the status the client sees (ALB, "Troubleshoot": 401, 500, 561). AWS names no status for some codes;
 * then one the provider's error leads to is 561, one the client's request leads to 401.
 */

interface AuthFailureAnswer {
  readonly statusCode: 401 | 500 | 561;
  /** ELBAuthFailure, ELBAuthError or ELBAuthUserClaimsSizeExceeded. */
  readonly counts: "failures" | "errors" | "claimsTooLarge";
}

export const authFailures = {
  AuthMissingHostHeader: { statusCode: 401, counts: "errors" },
  AuthInvalidCookie: { statusCode: 401, counts: "failures" },
  AuthMissingStateParam: { statusCode: 401, counts: "failures" },
  AuthInvalidStateParam: { statusCode: 401, counts: "failures" },
  AuthMissingAWSALBAuthNonce: { statusCode: 401, counts: "failures" },
  AuthInvalidAWSALBAuthNonce: { statusCode: 401, counts: "failures" },
  /** A login of more than fifteen minutes; AWS's list has no code for it. */
  ClientLoginTimeout: { statusCode: 401, counts: "failures" },
  AuthMissingCodeParam: { statusCode: 401, counts: "failures" },
  /** The provider came back with `error=…`, as when it denies access; AWS's list has no code for it. */
  IdpErrorResponse: { statusCode: 561, counts: "failures" },
  AuthInvalidGrantError: { statusCode: 561, counts: "failures" },
  AuthTokenEpRequestFailed: { statusCode: 561, counts: "errors" },
  AuthTokenEpRequestTimeout: { statusCode: 500, counts: "errors" },
  AuthInvalidTokenResponse: { statusCode: 561, counts: "failures" },
  /** Also where there is none ("The requested scope doesn't return an ID token"). */
  AuthInvalidIdToken: { statusCode: 401, counts: "failures" },
  AuthUserinfoEpRequestFailed: { statusCode: 561, counts: "errors" },
  AuthUserinfoEpRequestTimeout: { statusCode: 500, counts: "errors" },
  AuthInvalidUserinfoResponse: { statusCode: 561, counts: "failures" },
  AuthUnhandledException: { statusCode: 500, counts: "errors" },
  AuthUserinfoResponseSizeExceeded: { statusCode: 500, counts: "claimsTooLarge" },
} as const satisfies Record<string, AuthFailureAnswer>;

export type AuthFailure = keyof typeof authFailures;
