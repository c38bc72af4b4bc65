/**
 * Refreshes of sessions, each made once. A page asks for many things at once, all with the same session, and a provider that
 * replaces refresh tokens takes the second use of one for a theft. So requests share the answer while it is under way and for
 * a while after, until the client has the new cookie.
 */
import type { UserSession } from "../../engine/balancing/user-authentication.ts";

const KEPT_MS = 60_000;

interface Refresh {
  readonly session: Promise<UserSession | undefined>;
  readonly until: number;
}

export class Refreshes {
  readonly #byToken = new Map<string, Refresh>();

  /** What `refresh` answered or will answer for this refresh token. `now`: wall time. */
  share(refreshToken: string, now: number, refresh: () => Promise<UserSession | undefined>): Promise<UserSession | undefined> {
    for (const [token, { until }] of this.#byToken) {
      // In the order of their beginnings, so the first that is still fresh ends the search.
      if (until > now) break;
      this.#byToken.delete(token);
    }
    const known = this.#byToken.get(refreshToken);
    if (known !== undefined) return known.session;
    const session = refresh();
    this.#byToken.set(refreshToken, { session, until: now + KEPT_MS });
    return session;
  }
}
