/** The part of `oidc-provider` that tests use; the package brings no types. */
declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  export default class Provider {
    constructor(issuer: string, configuration: object);
    /** Whether addresses are taken from `X-Forwarded-*`. */
    proxy: boolean;
    callback(): RequestListener;
  }
}
