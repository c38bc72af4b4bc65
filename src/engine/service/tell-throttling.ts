import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { CalledService } from "./throttled-calls.ts";

/** While the cause persists ECS repeats itself every six hours at the most. */
const REPEAT_AFTER_MS = 6 * 3_600_000;

/** Says that a rate limit of a service that ECS calls has refused it. */
export function tellThrottling(draft: ServiceDraft, service: CalledService): void {
  const notice = serviceNotice.throttled(service);
  draft.complain(serviceEvent.throttled(draft.service.serviceName), REPEAT_AFTER_MS, notice, notice.eventName);
}
