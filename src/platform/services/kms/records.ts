/** What KMS keeps: keys with their sealed material, and aliases. */
import type { Collection, Store } from "../../persistence/store.ts";

export interface KeyRecord {
  readonly region: string;
  /** A UUID. */
  readonly keyId: string;
  readonly description: string;
  readonly state: "Enabled" | "Disabled" | "PendingDeletion";
  /** Milliseconds since the epoch, as all instants here; only while the deletion is pending. */
  readonly deletionAt?: number;
  /** The key policy as JSON text. */
  readonly policy: string;
  readonly isRotated: boolean;
  readonly rotationDays: number;
  /** 256 bits in base64, sealed with the state directory's own key. */
  readonly material: string;
  readonly multiRegion: boolean;
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
}

export interface AliasRecord {
  readonly region: string;
  /** `alias/…` */
  readonly name: string;
  readonly keyId: string;
  readonly createdAt: number;
  readonly modifiedAt: number;
}

export interface KmsRecords {
  /** `<region>/<key id>` */
  readonly keys: Collection<KeyRecord>;
  /** `<region>/<alias name>` */
  readonly aliases: Collection<AliasRecord>;
  readonly store: Pick<Store, "transaction">;
}

/** The collections of KMS in the store. */
export function kmsRecords(store: Store): KmsRecords {
  return { keys: store.collection("kms.key"), aliases: store.collection("kms.alias"), store };
}
