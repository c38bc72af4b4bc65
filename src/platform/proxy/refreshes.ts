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
  /** By the access token that is over: not every provider replaces refresh tokens, and the next refresh must not be taken for this one. */
  readonly #byEnd = new Map<string, Refresh>();

  /** What `refresh` answered or will answer for a session whose access token is over. `now`: wall time. */
  share(
    { accessToken, accessTokenUntil }: Pick<UserSession, "accessToken" | "accessTokenUntil">,
    now: number,
    refresh: () => Promise<UserSession | undefined>,
  ): Promise<UserSession | undefined> {
    for (const [end, { until }] of this.#byEnd) {
      // In the order of their beginnings, so the first that is still fresh ends the search.
      if (until > now) break;
      this.#byEnd.delete(end);
    }
    // A provider may go on with the same access token, which then is over at another time.
    const end = `${accessTokenUntil} ${accessToken}`;
    const known = this.#byEnd.get(end);
    if (known !== undefined) return known.session;
    const session = refresh();
    this.#byEnd.set(end, { session, until: now + KEPT_MS });
    return session;
  }
}
