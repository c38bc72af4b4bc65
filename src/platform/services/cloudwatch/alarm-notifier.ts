/**
 * Tells the world of alarms that change: an event on the bus, and a message to every topic among the actions of the new
 * state. Both are written with the change itself, so a change that is kept is told, also across `kill -9`.
 */
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Call } from "../../gateway/operations.ts";
import type { Store } from "../../persistence/store.ts";
import { DeliveryQueue } from "../delivery-queue.ts";
import type { EventBus } from "../eventbridge/event-bus.ts";
import { publishToTopic } from "../publish-to-topic.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import { alarmArn, alarmEvent, alarmMessage } from "./alarm-notification.ts";
import { actionsOf } from "./alarm-record.ts";

export interface AlarmNotifierDependencies {
  readonly store: Store;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Pick<Ids, "uuid">;
  readonly account: string;
  readonly call: Call;
  readonly alarms: AlarmBoard;
  readonly bus: Pick<EventBus, "put">;
}

/** A message on its way to a topic. */
interface AlarmAction {
  readonly region: string;
  readonly alarmName: string;
  readonly topicArn: string;
  readonly subject: string;
  readonly body: string;
}

/** How often and how long CloudWatch tries, its documentation does not say. */
const RETRIES = { MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 3_600 };
const CLOUDWATCH_PRINCIPAL = "cloudwatch.amazonaws.com";

export class AlarmNotifier {
  readonly #deliveries: DeliveryQueue<AlarmAction>;

  constructor({ store, clock, ids, account, call, alarms, bus }: AlarmNotifierDependencies) {
    const record = ({ region, alarmName, topicArn }: AlarmAction, error?: Error): void => {
      const alarm = alarms.get(region, alarmName);
      if (alarm === undefined) return;
      const summary = `${error === undefined ? "Successfully executed" : "Failed to execute"} action ${topicArn}`;
      const actionState = error === undefined ? "Succeeded" : "Failed";
      alarms.recordAction(alarm, summary, { actionState, notificationResource: topicArn, error: error?.message ?? null });
    };
    this.#deliveries = new DeliveryQueue({
      store,
      collection: "cloudwatch.alarm-action",
      clock,
      ids,
      attempt: async (action) => {
        const { region, alarmName, topicArn, subject, body } = action;
        const sender = { service: CLOUDWATCH_PRINCIPAL, sourceArn: alarmArn(account, { region, name: alarmName }), account, isOwner: true };
        await publishToTopic(call, sender, topicArn, { subject, body });
        record(action);
      },
      retryPolicy: () => RETRIES,
      giveUp: async (action, failure) => record(action, failure),
    });
    alarms.witness((alarm, former) => {
      bus.put(alarm.region, alarmEvent(alarm, former, account));
      const topics = actionsOf(alarm, alarm.state).filter((action) => parseArn(action)?.service === "sns");
      const message = alarmMessage(alarm, former, account);
      for (const topicArn of topics) this.#deliveries.add({ region: alarm.region, alarmName: alarm.name, topicArn, ...message });
    });
  }

  start(): void {
    this.#deliveries.start();
  }

  close(): void {
    this.#deliveries.close();
  }

  /** Resolves when nothing is being delivered at this moment. */
  settled(): Promise<void> {
    return this.#deliveries.settled();
  }
}
