/**
 * Seals secret values before they reach the store, so that a copy of the database alone tells none of them. AES-256-GCM
 * with a key that lies beside the database, readable by its owner only; the label binds a value to its place, so that a
 * sealed value moved elsewhere does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

export interface Seal {
  /** Base64 of nonce, tag and ciphertext. */
  seal(plain: string, label: string): string;
  /** Throws when the text was not sealed with this key under this label. */
  open(sealed: string, label: string): string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The seal whose key is in `file`; makes the key, with mode 0600, when there is none yet. */
export function sealOfFile(file: string): Seal {
  try {
    writeFileSync(file, randomBytes(KEY_BYTES), { mode: 0o600, flag: "wx" });
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code !== "EEXIST") throw failure;
  }
  const key = readFileSync(file);
  if (key.length !== KEY_BYTES) {
    throw new Error(`${file} is not the key of this platform's secrets: it has ${key.length} bytes where ${KEY_BYTES} are expected`);
  }
  return sealOfKey(key);
}

export function sealOfKey(key: Uint8Array): Seal {
  return {
    seal: (plain, label) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(label));
      const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
    },

    open: (sealed, label) => {
      const bytes = Buffer.from(sealed, "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(label));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
    },
  };
}
