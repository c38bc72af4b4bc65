import { X509Certificate } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { SystemClock } from "../../kit/clock.ts";
import { LibsqlStore } from "../persistence/libsql-store.ts";
import { CertificateAuthority } from "./certificate-authority.ts";

const store = new LibsqlStore(":memory:");
afterEach(() => store.collection("elastic-load-balancing-v2.certificate-authority").delete("authority"));

describe("the authority of this machine", () => {
  it("issues certificates that its own proves, for names and addresses", () => {
    const authority = new CertificateAuthority(store, new SystemClock());
    const own = new X509Certificate(authority.certificate);
    expect(own.ca).toBe(true);
    expect(own.verify(own.publicKey)).toBe(true);
    const issued = new X509Certificate(authority.issue("shop.example").certificate);
    expect(issued.verify(own.publicKey)).toBe(true);
    expect(issued.checkIssued(own)).toBe(true);
    expect(issued.checkHost("shop.example")).toBe("shop.example");
    expect(issued.checkHost("other.example")).toBeUndefined();
    const local = new X509Certificate(authority.issue("localhost").certificate);
    expect([local.checkHost("localhost"), local.checkIP("127.0.0.1")]).toEqual(["localhost", "127.0.0.1"]);
    expect(issued.ca).toBe(false);
  });

  it("is the same after a restart", () => {
    const { certificate } = new CertificateAuthority(store, new SystemClock());
    expect(new CertificateAuthority(store, new SystemClock()).certificate).toBe(certificate);
  });
});
