/**
 * The cookies that keep a client with its target (`AWSALB`, `AWSALBAPP-0`) or target group (`AWSALBTG`), and their
 * CORS twins. AWS encrypts their content; here it is only encoded: nothing but where the client was sent is in it.
 */

export type TargetStickiness =
  /** The load balancer's own cookie, renewed with every response. */
  | { readonly type: "lb_cookie"; readonly durationSeconds: number }
  /** Follows a cookie of the application: the load balancer's is set when the application sets its own. */
  | { readonly type: "app_cookie"; readonly cookieName: string; readonly durationSeconds: number };

export const TARGET_COOKIE = "AWSALB";
export const APPLICATION_COOKIE = "AWSALBAPP-0";
export const GROUP_COOKIE = "AWSALBTG";

/** The value of the first cookie of that name in a `Cookie` header. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  let from = 0;
  while (from < header.length) {
    const semicolon = header.indexOf(";", from);
    const end = semicolon < 0 ? header.length : semicolon;
    const equals = header.indexOf("=", from);
    if (equals >= 0 && equals < end && header.slice(from, equals).trim() === name) return header.slice(equals + 1, end).trim();
    from = end + 1;
  }
  return undefined;
}

/** `10.0.1.5:8080` as a cookie value; any text without surprises in a header. */
export function encodeSticky(place: string): string {
  return encodeURIComponent(place).replaceAll("_", "%5F").replaceAll("%", "_");
}

export function decodeSticky(value: string): string | undefined {
  try {
    return decodeURIComponent(value.replaceAll("_", "%"));
  } catch {
    return undefined;
  }
}

/** The `Set-Cookie` values: the cookie, and its twin that browsers also send across sites. `now` in ms since the epoch, wall time. */
export function stickyCookies(name: string, place: string, durationSeconds: number, now: number): [plain: string, acrossSites: string] {
  const rest = `=${encodeSticky(place)}; Expires=${new Date(now + durationSeconds * 1000).toUTCString()}; Path=/`;
  const twin = name === APPLICATION_COOKIE ? "AWSALBAPPCORS-0" : `${name}CORS`;
  return [`${name}${rest}`, `${twin}${rest}; SameSite=None`];
}

/** Whether one of a response's `Set-Cookie` values sets the cookie `name`. */
export function setsCookie(setCookies: readonly string[], name: string): boolean {
  return setCookies.some((value) => value.startsWith(`${name}=`));
}
