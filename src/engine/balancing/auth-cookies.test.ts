import { describe, expect, it } from "vitest";
import { readNonce, readSessionCookie, sessionCookies, withoutSession } from "./auth-cookies.ts";

const NOW = 1_700_000_000_000;
const cookieHeader = (setCookies: readonly string[]) => setCookies.map((cookie) => cookie.split(";")[0]).join("; ");

describe("a sealed session", () => {
  it.each([1, 4_085, 4_086, 20_000])("of %i characters goes into cookies of 4 KB and comes out of them", (length) => {
    const sealed = Array.from({ length }, (_, index) => String.fromCharCode(97 + (index % 26))).join("");
    const cookies = sessionCookies("session", sealed, undefined, NOW);
    for (const cookie of cookies) expect(cookie.split(";")[0]!.length).toBeLessThanOrEqual(4_096);
    expect(cookies).toHaveLength(Math.ceil(length / 4_085));
    expect(readSessionCookie(`other=1; ${cookieHeader(cookies)}`, "session")).toBe(sealed);
  });

  it("takes back the cookies of a longer one before it", () => {
    const before = cookieHeader(sessionCookies("session", "x".repeat(10_000), undefined, NOW));
    const cookies = sessionCookies("session", "y", before, NOW);
    expect(cookies.map((cookie) => cookie.split(";").slice(0, 2).join())).toEqual([
      "session-0=y, Expires=Tue, 14 Nov 2023 22:13:20 GMT",
      "session-1=, Expires=Thu, 01 Jan 1970 00:00:00 GMT",
      "session-2=, Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ]);
    expect(withoutSession("session", before)).toHaveLength(3);
    expect(withoutSession("session", undefined)).toEqual([]);
  });
});

describe("the nonce of a login", () => {
  it("is the one that the browser has, unless that is not a load balancer's", () => {
    expect(readNonce(`a=1; AWSALBAuthNonce=${"k".repeat(32)}`)).toBe("k".repeat(32));
    expect(readNonce("AWSALBAuthNonce=short")).toBeUndefined();
    expect(readNonce(`AWSALBAuthNonce=${"k".repeat(20)}<>`)).toBeUndefined();
  });
});
