/**
 * Carries out what `authenticate-oidc` and `authenticate-cognito` ask of a request: reads and writes the session cookie,
 * sends people to their identity provider and takes them back, renews sessions, and says to the target who the user is.
 */
import { nonceCookie, readNonce, readSessionCookie, sessionCookies, withoutSession } from "../../engine/balancing/auth-cookies.ts";
import type { AuthFailure } from "../../engine/balancing/auth-failure.ts";
import { judgeCallback, LOGIN_TIMEOUT_MS } from "../../engine/balancing/login-callback.ts";
import { authorizationUrl, redirectUri, type UserAuthentication, type UserSession } from "../../engine/balancing/user-authentication.ts";
import { decideStranger, decideUser, type UserDecision } from "../../engine/balancing/user-decision.ts";
import { oidcData } from "../../engine/balancing/user-identity.ts";
import type { Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import { type Admission, unasked } from "./admission.ts";
import { failureAnswer } from "./auth-failure-answer.ts";
import type { AuthTraffic } from "./auth-traffic.ts";
import type { ClaimsSigner } from "./claims-signer.ts";
import { errorPage, redirectTo } from "./generated-response.ts";
import { type Grant, type Identity, identify } from "./identity-provider.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { LoginSeals } from "./login-seals.ts";
import { Refreshes } from "./refreshes.ts";

export interface UserAuthenticatorDependencies {
  readonly wallClock: Pick<Clock, "now">;
  readonly ids: Ids;
  readonly seals: LoginSeals;
  readonly signer: ClaimsSigner;
}

/** A request that met a rule which authenticates users. */
export interface AskedUser {
  readonly loadBalancerArn: string;
  readonly ruleArn: string;
  readonly authentication: UserAuthentication;
  readonly request: IncomingRequest;
  readonly traffic: AuthTraffic;
}

export class UserAuthenticator {
  readonly #with: UserAuthenticatorDependencies;
  readonly #refreshes = new Refreshes();

  constructor(dependencies: UserAuthenticatorDependencies) {
    this.#with = dependencies;
  }

  // Async, so that a defect is a rejection, which is answered.
  async admit(asked: AskedUser): Promise<Admission> {
    const { authentication, loadBalancerArn, request } = asked;
    const sealed = readSessionCookie(request.header("cookie"), authentication.sessionCookieName);
    const session = sealed === undefined ? "absent" : (this.#with.seals.openSession(sealed) ?? "unreadable");
    const { host } = request;
    return this.#carryOut(decideUser({ session, loadBalancerArn, host }, authentication, this.#with.wallClock.now()), asked);
  }

  async #carryOut(decision: UserDecision, asked: AskedUser): Promise<Admission> {
    const { authentication, request, traffic } = asked;
    switch (decision.type) {
      case "admit":
        return decision.session === undefined ? unasked : { ...unasked, targetHeaders: this.#identity(decision.session) };
      case "refresh": {
        const renewed = await this.#renewed(asked, decision.session);
        if (renewed === undefined) return this.#carryOut(decideStranger(authentication, request.host), asked);
        return { targetHeaders: this.#identity(renewed), cookies: this.#cookies(asked, renewed) };
      }
      case "authorize":
        return this.#authorize(asked);
      case "deny":
        return { ...unasked, refused: errorPage(401) };
      case "fail":
        // A cookie that cannot be read is taken back; on AWS people must clear their cookies themselves.
        return {
          ...this.#failed(decision.failure, traffic),
          cookies: withoutSession(authentication.sessionCookieName, request.header("cookie")),
        };
    }
  }

  /** Takes a user back from the identity provider. `find`: the rules that authenticate, by ARN. */
  async finish(
    { loadBalancerArn, request, traffic }: Omit<AskedUser, "ruleArn" | "authentication">,
    find: (ruleArn: string) => UserAuthentication | undefined,
  ): Promise<Admission> {
    const { seals, wallClock } = this.#with;
    const nonce = readNonce(request.header("cookie"));
    const verdict = judgeCallback(request.query, nonce, (sealed) => seals.openState(sealed), wallClock.now());
    if ("failure" in verdict) return this.#failed(verdict.failure, traffic);
    const { code, state } = verdict;
    const authentication = find(state.ruleArn);
    // The rule has changed while the user logged in.
    if (authentication === undefined) return this.#failed("AuthInvalidStateParam", traffic);
    const asked: AskedUser = { loadBalancerArn, ruleArn: state.ruleArn, authentication, request, traffic };
    const outcome = await this.#identify(asked, { type: "authorization_code", code, redirectUri: redirectUri(request.host) });
    if ("failure" in outcome) return this.#failed(outcome.failure, traffic);
    traffic.successes++;
    const session = this.#session(asked, outcome.identity, wallClock.now());
    return { ...unasked, refused: redirectTo(302, state.url), cookies: this.#cookies(asked, session) };
  }

  #authorize({ authentication, ruleArn, request }: AskedUser): Admission {
    const now = this.#with.wallClock.now();
    // A browser that asks for several things at once goes away with one nonce, or only the last login could be finished.
    const nonce = readNonce(request.header("cookie")) ?? this.#with.ids.hex(32);
    const url = `https://${request.host}${request.target}`;
    const state = this.#with.seals.sealState({ ruleArn, url, nonce, startedAt: now });
    const refused = redirectTo(302, authorizationUrl(authentication, request.host, state));
    return { ...unasked, refused, cookies: [nonceCookie(nonce, now + LOGIN_TIMEOUT_MS)] };
  }

  #renewed(asked: AskedUser, session: UserSession): Promise<UserSession | undefined> {
    const { refreshToken = "", startedAt } = session;
    return this.#refreshes.share(session, this.#with.wallClock.now(), async () => {
      const outcome = await this.#identify(asked, { type: "refresh_token", refreshToken });
      if ("failure" in outcome || outcome.identity.claims.sub !== session.claims.sub) return undefined;
      asked.traffic.refreshes++;
      return this.#session(asked, outcome.identity, startedAt);
    });
  }

  async #identify({ authentication, ruleArn, traffic }: AskedUser, grant: Grant): ReturnType<typeof identify> {
    const { wallClock, seals } = this.#with;
    const { sealedClientSecret } = authentication;
    const secret = sealedClientSecret === undefined ? undefined : seals.openClientSecret(ruleArn, sealedClientSecret);
    const startedAt = wallClock.now();
    const outcome = await identify(authentication, secret, grant, startedAt);
    traffic.latencies.push(wallClock.now() - startedAt);
    return outcome;
  }

  #session({ authentication, loadBalancerArn }: AskedUser, identity: Identity, startedAt: number): UserSession {
    const { expiresInSeconds, ...vouched } = identity;
    return {
      loadBalancerArn,
      issuer: authentication.issuer,
      clientId: authentication.clientId,
      ...vouched,
      ...(expiresInSeconds === undefined ? {} : { accessTokenUntil: this.#with.wallClock.now() + expiresInSeconds * 1000 }),
      startedAt,
    };
  }

  #cookies({ authentication, request }: AskedUser, session: UserSession): string[] {
    const { sessionCookieName, sessionTimeoutSeconds } = authentication;
    const until = session.startedAt + sessionTimeoutSeconds * 1000;
    return sessionCookies(sessionCookieName, this.#with.seals.sealSession(session), request.header("cookie"), until);
  }

  #identity(session: UserSession): string[] {
    const { signer, wallClock } = this.#with;
    const data = signer.sign(oidcData(session, signer.kid, wallClock.now()));
    return [
      ...["x-amzn-oidc-accesstoken", session.accessToken],
      ...["x-amzn-oidc-identity", session.claims.sub],
      ...["x-amzn-oidc-data", data],
    ];
  }

  #failed(failure: AuthFailure, traffic: AuthTraffic): Admission {
    return { ...unasked, refused: failureAnswer(failure, traffic) };
  }
}
