/**
 * What of user authentication leaves this process only sealed: the client's secret (in the store), the state of a login (in
 * the URL of the identity provider) and the session (in the client's cookies). The key is the state directory's, so that
 * sessions outlive the platform.
 */
import type { LoginState } from "../../engine/balancing/login-callback.ts";
import type { UserSession } from "../../engine/balancing/user-authentication.ts";
import type { Seal } from "../persistence/seal.ts";

const SESSION = "elastic-load-balancing-v2/session";
const STATE = "elastic-load-balancing-v2/login";

export class LoginSeals {
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  sealSession(session: UserSession): string {
    return this.#seal.seal(JSON.stringify(session), SESSION);
  }

  /** Undefined for what was not sealed here. */
  openSession(sealed: string): UserSession | undefined {
    return this.#open(sealed, SESSION);
  }

  sealState(state: LoginState): string {
    return this.#seal.seal(JSON.stringify(state), STATE);
  }

  openState(sealed: string): LoginState | undefined {
    return this.#open(sealed, STATE);
  }

  sealClientSecret(ruleArn: string, secret: string): string {
    return this.#seal.seal(secret, clientSecretLabel(ruleArn));
  }

  /** Throws for what was not sealed for this rule. */
  openClientSecret(ruleArn: string, sealed: string): string {
    return this.#seal.open(sealed, clientSecretLabel(ruleArn));
  }

  /** The label tells the kinds apart, so what opens is of the kind that was sealed. */
  #open<Value>(sealed: string, label: string): Value | undefined {
    let text: string;
    try {
      text = this.#seal.open(sealed, label);
    } catch {
      return undefined;
    }
    return JSON.parse(text) as Value;
  }
}

function clientSecretLabel(ruleArn: string): string {
  return `elastic-load-balancing-v2/client-secret/${ruleArn}`;
}
