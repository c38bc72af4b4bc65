/** Amazon SNS: topics, their subscriptions, and what is published to them. */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import type { Provider } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { publishOperations } from "./publish.ts";
import { snsRecords } from "./records.ts";
import { subscriptionOperations } from "./subscriptions.ts";
import type { TopicPublisher } from "./topic-publisher.ts";
import { topicOperations } from "./topics.ts";

export interface SnsDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Pick<Clock, "now">;
  readonly ids: Pick<Ids, "uuid" | "hex">;
  readonly publisher: Pick<TopicPublisher, "publish" | "askForConfirmation">;
}

export function snsProvider({ store, clock, ids, publisher }: SnsDependencies): Provider<"sns"> {
  const records = snsRecords(store);
  return {
    service: "sns",
    operations: {
      ...topicOperations({ records, clock }),
      ...subscriptionOperations({ records, clock, ids, publisher }),
      ...publishOperations({ records, publisher }),
    },
  };
}
