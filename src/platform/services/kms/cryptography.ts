/** Encrypt, Decrypt and data keys: AES-256-GCM, with the encryption context as additional authenticated data. */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { IncorrectKeyException, InvalidCiphertextException } from "@aws-sdk/client-kms";
import type { Clock } from "../../../kit/clock.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import type { Seal } from "../../persistence/seal.ts";
import { keyArn, mustFindKey, mustFindUsable } from "./find-key.ts";
import type { KeyRecord, KmsRecords } from "./records.ts";

const SYMMETRIC = "SYMMETRIC_DEFAULT";
const IV_BYTES = 12;
const TAG_BYTES = 16;

type EncryptionContext = Readonly<Record<string, string | undefined>> | undefined;

export interface CryptographyDependencies {
  readonly records: KmsRecords;
  readonly clock: Pick<Clock, "now">;
  readonly seal: Seal;
}

export function cryptographyOperations({ records, clock, seal }: CryptographyDependencies): Operations<"kms"> {
  const usable = (given: string | undefined, { region, account }: RequestContext) =>
    mustFindUsable(records, given, region, clock.now(), account);
  const material = (key: KeyRecord): Buffer => Buffer.from(seal.open(key.material, `kms/${key.keyId}`), "base64");

  /** The key's id in front, so that Decrypt finds it: length, id, nonce, tag, what is encrypted. */
  const encrypt = (key: KeyRecord, plaintext: Uint8Array, context: EncryptionContext): Uint8Array => {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv("aes-256-gcm", material(key), iv).setAAD(authenticated(context));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const id = Buffer.from(key.keyId);
    return Buffer.concat([Buffer.from([id.length]), id, iv, cipher.getAuthTag(), body]);
  };

  const decrypt = (blob: Uint8Array | undefined, given: string | undefined, context: EncryptionContext, request: RequestContext) => {
    const bytes = Buffer.from(blob ?? []);
    const idLength = bytes[0] ?? 0;
    const start = 1 + idLength + IV_BYTES + TAG_BYTES;
    const keyId = bytes.subarray(1, 1 + idLength).toString();
    if (bytes.length < start || !records.keys.has(`${request.region}/${keyId}`)) throw invalidCiphertext();
    const key = usable(keyId, request);
    if (given !== undefined && mustFindKey(records, given, request.region, clock.now()).keyId !== keyId) {
      const message = "The key ID in the request does not identify a CMK that can perform this operation.";
      throw new IncorrectKeyException({ message, $metadata: {} });
    }
    try {
      const iv = bytes.subarray(1 + idLength, 1 + idLength + IV_BYTES);
      const decipher = createDecipheriv("aes-256-gcm", material(key), iv, { authTagLength: TAG_BYTES })
        .setAAD(authenticated(context))
        .setAuthTag(bytes.subarray(start - TAG_BYTES, start));
      return { key, plaintext: Buffer.concat([decipher.update(bytes.subarray(start)), decipher.final()]) };
    } catch {
      throw invalidCiphertext();
    }
  };

  const dataKey = (spec: string | undefined, bytes: number | undefined): Buffer => {
    if ((spec === undefined) === (bytes === undefined)) {
      throw new AwsFault("ValidationException", "Please specify either number of bytes or key spec.");
    }
    return randomBytes(bytes ?? (spec === "AES_128" ? 16 : 32));
  };

  return {
    Encrypt: ({ KeyId, Plaintext = new Uint8Array(), EncryptionContext }, context) => {
      const key = usable(KeyId, context);
      return {
        CiphertextBlob: encrypt(key, Plaintext, EncryptionContext),
        KeyId: keyArn(key, context.account),
        EncryptionAlgorithm: SYMMETRIC,
      };
    },

    Decrypt: ({ CiphertextBlob, KeyId, EncryptionContext }, context) => {
      const { key, plaintext } = decrypt(CiphertextBlob, KeyId, EncryptionContext, context);
      return { Plaintext: plaintext, KeyId: keyArn(key, context.account), EncryptionAlgorithm: SYMMETRIC };
    },

    ReEncrypt: ({ CiphertextBlob, SourceKeyId, SourceEncryptionContext, DestinationKeyId, DestinationEncryptionContext }, context) => {
      const { key, plaintext } = decrypt(CiphertextBlob, SourceKeyId, SourceEncryptionContext, context);
      const destination = usable(DestinationKeyId, context);
      return {
        CiphertextBlob: encrypt(destination, plaintext, DestinationEncryptionContext),
        SourceKeyId: keyArn(key, context.account),
        KeyId: keyArn(destination, context.account),
        SourceEncryptionAlgorithm: SYMMETRIC,
        DestinationEncryptionAlgorithm: SYMMETRIC,
      };
    },

    GenerateDataKey: ({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }, context) => {
      const key = usable(KeyId, context);
      const Plaintext = dataKey(KeySpec, NumberOfBytes);
      return { Plaintext, CiphertextBlob: encrypt(key, Plaintext, EncryptionContext), KeyId: keyArn(key, context.account) };
    },

    GenerateDataKeyWithoutPlaintext: ({ KeyId, KeySpec, NumberOfBytes, EncryptionContext }, context) => {
      const key = usable(KeyId, context);
      return { CiphertextBlob: encrypt(key, dataKey(KeySpec, NumberOfBytes), EncryptionContext), KeyId: keyArn(key, context.account) };
    },
  };
}

/** The same context in any order of its keys is the same. */
function authenticated(context: EncryptionContext): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))));
}

function invalidCiphertext(): InvalidCiphertextException {
  return new InvalidCiphertextException({
    message: "The ciphertext is not one of this key, or was made with another context.",
    $metadata: {},
  });
}
