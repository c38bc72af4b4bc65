/**
 * What was accepted and has yet to reach its receiver: each delivery is durable from the moment it is added (together with
 * the transaction it is added in), attempted at least once, and again after a failure with growing waits. It outlives a
 * `kill -9`; one that was cut off while it was made is made again, so a receiver may get something twice, as on AWS.
 */
import { afterFailure, type RetryPolicy } from "../../engine/events/retry-policy.ts";
import type { Cancel, Clock } from "../../kit/clock.ts";
import type { Ids } from "../../kit/ids.ts";
import type { Collection, Store } from "../persistence/store.ts";

export interface Delivery<Work> {
  readonly id: string;
  readonly work: Work;
  /** Wall time, ms, as all instants here. */
  readonly addedAt: number;
  readonly attempts: number;
  readonly nextAttemptAt: number;
}

export interface DeliveryQueueOptions<Work> {
  readonly store: Store;
  /** The collection the deliveries are kept in. */
  readonly collection: string;
  /** The wall clock. */
  readonly clock: Clock;
  readonly ids: Pick<Ids, "uuid">;
  /** Rejects when the receiver was not reached or refused; with `UndeliverableError` when no further attempt can help. */
  readonly attempt: (work: Work, delivery: Delivery<Work>) => Promise<void>;
  /** How often and how long a delivery is tried again. */
  readonly retryPolicy: (work: Work) => RetryPolicy;
  /** Keeps or tells what could not be delivered. */
  readonly giveUp: (work: Work, failure: Error, end: GivenUp) => Promise<void>;
}

/** How a delivery came to its end without having arrived. */
export interface GivenUp {
  /** Made in all. */
  readonly attempts: number;
  /** What its retry policy ran out of, or that no retry could have helped. */
  readonly because: "attempts" | "age" | "undeliverable";
}

/** The receiver is not there, or does not let the sender in: trying again is no use. */
export class UndeliverableError extends Error {
  /** EventBridge's code: `NO_PERMISSIONS`, `RESOURCE_NOT_FOUND` … */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "UndeliverableError";
    this.code = code;
  }
}

export class DeliveryQueue<Work> {
  readonly #options: DeliveryQueueOptions<Work>;
  readonly #deliveries: Collection<Delivery<Work>>;
  readonly #waiting = new Map<string, Cancel>();
  readonly #underWay = new Set<Promise<void>>();
  #isOpen = false;

  constructor(options: DeliveryQueueOptions<Work>) {
    this.#options = options;
    this.#deliveries = options.store.collection(options.collection);
  }

  /** Takes up whatever was being delivered when the platform stopped. */
  start(): void {
    this.#isOpen = true;
    for (const delivery of this.#deliveries.list()) this.#await(delivery);
  }

  close(): void {
    this.#isOpen = false;
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Resolves when no attempt is under way; those that wait for their time are not waited for. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  add(work: Work): void {
    const { clock, ids } = this.#options;
    const now = clock.now();
    const delivery: Delivery<Work> = { id: ids.uuid(), work, addedAt: now, attempts: 0, nextAttemptAt: now };
    this.#deliveries.put(delivery.id, delivery);
    // Never synchronously, and so after the transaction this is part of; if that fails, there is nothing to attempt.
    this.#await(delivery);
  }

  #await({ id, nextAttemptAt }: Delivery<Work>): void {
    if (!this.#isOpen) return;
    this.#waiting.set(
      id,
      this.#options.clock.at(nextAttemptAt, () => {
        const attempt = this.#attempt(id).finally(() => this.#underWay.delete(attempt));
        this.#underWay.add(attempt);
      }),
    );
  }

  async #attempt(id: string): Promise<void> {
    this.#waiting.delete(id);
    const delivery = this.#deliveries.get(id);
    if (delivery === undefined) return;
    const { work } = delivery;
    const attempts = delivery.attempts + 1;
    try {
      await this.#options.attempt(work, delivery);
    } catch (thrown) {
      if (!this.#isOpen) return;
      const failure = thrown instanceof Error ? thrown : new Error(String(thrown));
      const verdict =
        failure instanceof UndeliverableError
          ? ({ kind: "give-up", because: "undeliverable" } as const)
          : afterFailure({ ...delivery, attempts }, this.#options.retryPolicy(work), this.#options.clock.now());
      if (verdict.kind === "retry") {
        const next = { ...delivery, attempts, nextAttemptAt: verdict.at };
        this.#deliveries.put(id, next);
        this.#await(next);
        return;
      }
      await this.#options.giveUp(work, failure, { attempts, because: verdict.because });
    }
    if (this.#isOpen) this.#deliveries.delete(id);
  }
}
