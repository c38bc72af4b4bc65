// Written by tools/generators/operation-schemas.mjs from @aws-sdk/client-sts; do not edit.
export {
  AssumeRole$ as AssumeRole,
  AssumeRoleWithSAML$ as AssumeRoleWithSAML,
  AssumeRoleWithWebIdentity$ as AssumeRoleWithWebIdentity,
  AssumeRoot$ as AssumeRoot,
  DecodeAuthorizationMessage$ as DecodeAuthorizationMessage,
  GetAccessKeyInfo$ as GetAccessKeyInfo,
  GetCallerIdentity$ as GetCallerIdentity,
  GetDelegatedAccessToken$ as GetDelegatedAccessToken,
  GetFederationToken$ as GetFederationToken,
  GetSessionToken$ as GetSessionToken,
  GetWebIdentityToken$ as GetWebIdentityToken,
} from "@aws-sdk/client-sts";
