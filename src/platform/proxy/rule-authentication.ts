/** What stands before a rule's action: the validation of a token, or the authentication of a user with the way back to it. */
import { bearerToken } from "../../engine/balancing/jwt-authentication.ts";
import type { RoutingRule } from "../../engine/balancing/routing-rule.ts";
import { CALLBACK_PATH } from "../../engine/balancing/user-authentication.ts";
import { type Admission, unasked } from "./admission.ts";
import { failureAnswer } from "./auth-failure-answer.ts";
import type { AuthTraffic } from "./auth-traffic.ts";
import { errorPage } from "./generated-response.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { JwtVerifier } from "./jwt-verifier.ts";
import type { ListenerConfig } from "./listener-config.ts";
import type { UserAuthenticator } from "./user-authenticator.ts";

export interface Authenticators {
  readonly tokens: JwtVerifier;
  readonly users: UserAuthenticator;
}

export class RuleAuthentication {
  readonly #authenticators: Authenticators;
  readonly #traffic: AuthTraffic;
  readonly #report: (defect: unknown) => void;

  constructor(authenticators: Authenticators, traffic: AuthTraffic, report: (defect: unknown) => void) {
    this.#authenticators = authenticators;
    this.#traffic = traffic;
    this.#report = report;
  }

  /** Calls back at once where the rule asks nothing. */
  admit(
    { rules, loadBalancer }: ListenerConfig,
    rule: RoutingRule | undefined,
    request: IncomingRequest,
    callback: (admission: Admission) => void,
  ): void {
    const asked = { loadBalancerArn: loadBalancer.arn, request, traffic: this.#traffic };
    const { tokens, users } = this.#authenticators;
    const broken = (defect: unknown): void => {
      this.#report(defect);
      callback({ ...unasked, refused: failureAnswer("AuthUnhandledException", this.#traffic) });
    };
    if (request.path === CALLBACK_PATH && rules.some(({ userAuthentication }) => userAuthentication !== undefined)) {
      void users.finish(asked, (arn) => rules.find((other) => other.arn === arn)?.userAuthentication).then(callback, broken);
    } else if (rule?.userAuthentication !== undefined) {
      void users.admit({ ...asked, ruleArn: rule.arn, authentication: rule.userAuthentication }).then(callback, broken);
    } else if (rule?.authentication !== undefined) {
      // Of two the target might take the one that nobody has verified.
      const token = request.isRepeated("authorization") ? undefined : bearerToken(request.header("authorization"));
      void tokens.verify(token, rule.authentication).then((verdict) => {
        callback(verdict === "valid" ? unasked : { ...unasked, refused: errorPage(verdict === "invalid" ? 401 : 500) });
      });
    } else {
      callback(unasked);
    }
  }
}
