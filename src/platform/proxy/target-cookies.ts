/** Stickiness of a target group, between its configuration and the cookies on the wire. */
import {
  APPLICATION_COOKIE,
  decodeSticky,
  readCookie,
  setsCookie,
  stickyCookies,
  TARGET_COOKIE,
  type TargetStickiness,
} from "../../engine/balancing/stickiness.ts";

/** The target a client's cookies ask for. An application-based cookie counts only beside the application's own. */
export function stickyKeyOf(stickiness: TargetStickiness | undefined, cookies: string | undefined): string | undefined {
  if (stickiness === undefined || cookies === undefined) return undefined;
  if (stickiness.type === "app_cookie" && readCookie(cookies, stickiness.cookieName) === undefined) return undefined;
  const value = readCookie(cookies, stickiness.type === "lb_cookie" ? TARGET_COOKIE : APPLICATION_COOKIE);
  return value === undefined ? undefined : decodeSticky(value);
}

/** The `Set-Cookie` values a response gets. `headers`: the response's, flat. `now`: wall time. */
export function targetCookies(
  stickiness: TargetStickiness | undefined,
  headers: readonly string[],
  key: string,
  now: number,
): readonly string[] {
  if (stickiness === undefined) return [];
  if (stickiness.type === "lb_cookie") return stickyCookies(TARGET_COOKIE, key, stickiness.durationSeconds, now);
  const own = headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === "set-cookie");
  return setsCookie(own, stickiness.cookieName) ? stickyCookies(APPLICATION_COOKIE, key, stickiness.durationSeconds, now) : [];
}
