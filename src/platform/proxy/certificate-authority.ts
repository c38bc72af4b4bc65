/**
 * The authority that stands behind HTTPS listeners on this machine. A certificate of ACM cannot be had here, so each
 * name a client asks for (SNI) gets one of this authority's, whose own certificate a client may choose to trust. It is
 * made once, when first needed, and kept in the state directory.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { writeFileSync } from "node:fs";
import { isIPv4 } from "node:net";
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion, type TlsOptions } from "node:tls";
import type { Clock } from "../../kit/clock.ts";
import type { Collection, Store } from "../persistence/store.ts";
import * as der from "./der.ts";

interface AuthorityRecord {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

export interface IssuedCertificate {
  /** PEM, the authority's own behind it. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

const AUTHORITY_NAME = "FSD local platform";
const AUTHORITY_DAYS = 3_650;
/** Clients refuse certificates that last longer. */
const ISSUED_DAYS = 397;
const HOST_NAME = /^[a-z0-9_*-]{1,63}(\.[a-z0-9_-]{1,63})*$/i;
/** Names come from clients, so their number has an end. */
const MOST_CONTEXTS = 1_000;
const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = der.sequence(der.objectIdentifier("1.2.840.10045.4.3.2"));

export class CertificateAuthority {
  readonly #records: Collection<AuthorityRecord>;
  readonly #clock: Clock;
  readonly #file: string | undefined;
  readonly #contexts = new Map<string, { readonly context: SecureContext; readonly until: number }>();

  /** `clock`: wall time. `file`: where the authority's certificate is written, for clients that want to trust it. */
  constructor(store: Store, clock: Clock, file?: string) {
    this.#records = store.collection("elastic-load-balancing-v2.certificate-authority");
    this.#clock = clock;
    this.#file = file;
  }

  /** The authority's own certificate, PEM. */
  get certificate(): string {
    return this.#authority().certificate;
  }

  /** A certificate for one host name or IPv4 address. */
  issue(name: string): IssuedCertificate {
    const authority = this.#authority();
    const authorityKey = createPrivateKey(authority.key);
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const certificate = this.#sign({
      subject: name,
      subjectKey: publicKey,
      issuerKey: authorityKey,
      days: ISSUED_DAYS,
      extensions: [
        extension("2.5.29.19", true, der.sequence()),
        // digitalSignature
        extension("2.5.29.15", true, der.bitString(Buffer.of(0x80), 7)),
        // serverAuth
        extension("2.5.29.37", false, der.sequence(der.objectIdentifier("1.3.6.1.5.5.7.3.1"))),
        extension("2.5.29.17", false, der.sequence(...alternativeNames(name))),
        extension("2.5.29.35", false, der.sequence(der.contextPrimitive(0, keyIdentifier(createPublicKey(authorityKey))))),
      ],
    });
    return { certificate: certificate + authority.certificate, key: pem(privateKey) };
  }

  /** The same for a TLS server, made once a name. */
  secureContext(name: string, options: SecureContextOptions): SecureContext {
    const key = `${name} ${options.minVersion ?? ""}`;
    const known = this.#contexts.get(key);
    if (known !== undefined && known.until > this.#clock.now()) return known.context;
    const { certificate, key: privateKey } = this.issue(name);
    const context = createSecureContext({ ...options, cert: certificate, key: privateKey });
    if (this.#contexts.size >= MOST_CONTEXTS) this.#contexts.clear();
    this.#contexts.set(key, { context, until: this.#clock.now() + (ISSUED_DAYS - 1) * DAY_MS });
    return context;
  }

  #authority(): AuthorityRecord {
    const known = this.#records.get("authority");
    if (known !== undefined) return known;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const certificate = this.#sign({
      subject: AUTHORITY_NAME,
      subjectKey: publicKey,
      issuerKey: privateKey,
      days: AUTHORITY_DAYS,
      extensions: [
        extension("2.5.29.19", true, der.sequence(der.boolean(true))),
        // keyCertSign, cRLSign
        extension("2.5.29.15", true, der.bitString(Buffer.of(0x06), 1)),
        extension("2.5.29.14", false, der.octetString(keyIdentifier(publicKey))),
      ],
    });
    const record = { key: pem(privateKey), certificate };
    this.#records.put("authority", record);
    if (this.#file !== undefined) writeFileSync(this.#file, certificate);
    return record;
  }

  #sign({ subject, subjectKey, issuerKey, days, extensions }: ToBeSigned): string {
    const now = this.#clock.now();
    const signed = der.sequence(
      der.context(0, der.integer(Buffer.of(2))),
      der.integer(randomBytes(16)),
      ECDSA_WITH_SHA256,
      commonName(AUTHORITY_NAME),
      // A day back, for clients whose clock is behind.
      der.sequence(der.utcTime(now - DAY_MS), der.utcTime(now + days * DAY_MS)),
      commonName(subject),
      subjectKey.export({ type: "spki", format: "der" }),
      der.context(3, der.sequence(...extensions)),
    );
    const certificate = der.sequence(signed, ECDSA_WITH_SHA256, der.bitString(sign("sha256", signed, issuerKey)));
    const lines = certificate.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  }
}

/** Options of a TLS server that shows each client a certificate for the name it asked for. */
export function secureOptions(authority: CertificateAuthority, minVersion: SecureVersion | undefined): TlsOptions {
  const options = minVersion === undefined ? {} : { minVersion };
  const { certificate, key } = authority.issue("localhost");
  return {
    ...options,
    cert: certificate,
    key,
    SNICallback: (name, callback) => {
      callback(null, HOST_NAME.test(name) ? authority.secureContext(name.toLowerCase(), options) : undefined);
    },
  };
}

interface ToBeSigned {
  readonly subject: string;
  readonly subjectKey: KeyObject;
  readonly issuerKey: KeyObject;
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

/** A common name has room for 64 characters; a longer host is named by its alternative name alone. */
function commonName(name: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectIdentifier("2.5.4.3"), der.utf8String(name.slice(0, 64)))));
}

/** The name; for `localhost` and the loopback address both, since one is typed for the other. */
function alternativeNames(name: string): Buffer[] {
  const names = name === "localhost" || name === "127.0.0.1" ? ["localhost", "127.0.0.1"] : [name];
  return names.map((each) =>
    isIPv4(each) ? der.contextPrimitive(7, Buffer.from(each.split(".").map(Number))) : der.contextPrimitive(2, Buffer.from(each)),
  );
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  return der.sequence(der.objectIdentifier(identifier), ...(critical ? [der.boolean(true)] : []), der.octetString(value));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash("sha1")
    .update(key.export({ type: "spki", format: "der" }))
    .digest();
}

function pem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}
