/**
 * Signs the user's claims for targets (`x-amzn-oidc-data`), ES256, with a key that is made once and kept. AWS publishes its
 * public keys at `https://public-keys.auth.elb.REGION.amazonaws.com/KID`, the platform below a path of its own.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Ids } from "../../kit/ids.ts";
import type { Seal } from "../persistence/seal.ts";
import type { Collection, Store } from "../persistence/store.ts";

interface ClaimsKeyRecord {
  readonly kid: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
  /** PKCS #8, PEM, sealed. */
  readonly privateKey: string;
}

export class ClaimsSigner {
  readonly #records: Collection<ClaimsKeyRecord>;
  readonly #seal: Seal;
  readonly #ids: Ids;
  /** Parsed once: every request of a user is signed for. */
  #opened: { readonly kid: string; readonly privateKey: KeyObject } | undefined;

  constructor({ store, seal, ids }: { readonly store: Store; readonly seal: Seal; readonly ids: Ids }) {
    this.#records = store.collection("elastic-load-balancing-v2.claims-key");
    this.#seal = seal;
    this.#ids = ids;
  }

  get kid(): string {
    return this.#key().kid;
  }

  /** Header, payload and signature in base64url with padding, as a load balancer writes them and most libraries do not. */
  sign({ header, payload }: { readonly header: object; readonly payload: object }): string {
    const signed = [header, payload].map((part) => padded(Buffer.from(JSON.stringify(part)))).join(".");
    const signature = sign("sha256", Buffer.from(signed), { key: this.#key().privateKey, dsaEncoding: "ieee-p1363" });
    return `${signed}.${padded(signature)}`;
  }

  /** PEM; undefined for a key that there is not. */
  publicKey(kid: string): string | undefined {
    return this.#records.get(kid)?.publicKey;
  }

  #key(): { readonly kid: string; readonly privateKey: KeyObject } {
    if (this.#opened === undefined) {
      const record = this.#records.list()[0] ?? this.#make();
      this.#opened = { kid: record.kid, privateKey: createPrivateKey(this.#seal.open(record.privateKey, labelOf(record.kid))) };
    }
    return this.#opened;
  }

  #make(): ClaimsKeyRecord {
    const kid = this.#ids.uuid();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const record = {
      kid,
      publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      privateKey: this.#seal.seal(privateKey.export({ type: "pkcs8", format: "pem" }).toString(), labelOf(kid)),
    };
    this.#records.put(kid, record);
    return record;
  }
}

function labelOf(kid: string): string {
  return `elastic-load-balancing-v2/claims-key/${kid}`;
}

function padded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
