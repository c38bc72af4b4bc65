/** Amazon SQS: queues whose messages outlive the platform's process. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { MessageStore } from "./message-store.ts";
import { messageOperations } from "./messages.ts";
import { queueOperations } from "./queues.ts";
import { sqsRecords } from "./records.ts";

export interface SqsDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Ids;
  /** `http://127.0.0.1:4566`: where queue URLs point that are asked for inside the platform. */
  readonly endpoint: () => string;
}

export function sqsProvider({ store, clock, ids, endpoint }: SqsDependencies): Provider<"sqs"> {
  const records = sqsRecords(store);
  const messages = new MessageStore(records, clock, ids);
  return {
    service: "sqs",
    operations: { ...queueOperations({ records, messages, clock, endpoint }), ...messageOperations({ records, messages, clock }) },
  };
}
