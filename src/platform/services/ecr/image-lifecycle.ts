/** Applies lifecycle policies: at the platform's start and every hour after it. ECR does so within a day. */
import type { Cancel, Clock } from "../../../kit/clock.ts";
import { expiredImages } from "./image-expiry.ts";
import type { ImageRegistry, RepositoryRecord } from "./image-registry.ts";

const EVERY_MS = 3_600_000;

export class ImageLifecycle {
  readonly #clock: Clock;
  readonly #registry: ImageRegistry;
  #cancel: Cancel;

  /** `clock`: wall time; days are days at any speed. */
  constructor({ clock, registry }: { readonly clock: Clock; readonly registry: ImageRegistry }) {
    this.#clock = clock;
    this.#registry = registry;
    this.#cancel = clock.at(clock.now(), () => this.#apply());
  }

  close(): void {
    this.#cancel();
  }

  #apply(): void {
    for (const repository of this.#registry.repositories.list()) this.#expire(repository);
    this.#cancel = this.#clock.at(this.#clock.now() + EVERY_MS, () => this.#apply());
  }

  #expire(repository: RepositoryRecord): void {
    if (repository.lifecyclePolicyText === undefined) return;
    const tags = new Map<string, string[]>();
    for (const { tag, digest } of this.#registry.tags(repository)) tags.set(digest, [...(tags.get(digest) ?? []), tag]);
    // The parts of a list of manifests go with the list, not by themselves.
    const referenced = this.#registry.referenced(repository);
    const images = this.#registry.images(repository).filter(({ digest }) => !referenced.has(digest));
    const candidates = images.map((image) => ({ ...image, tags: tags.get(image.digest) ?? [] }));
    for (const digest of expiredImages(repository.lifecyclePolicyText, candidates, this.#clock.now())) {
      this.#registry.removeImage(repository, digest);
    }
  }
}
