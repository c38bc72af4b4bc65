import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";
import type { CalledService } from "./throttled-calls.ts";

/** Says that a rate limit of a service that ECS calls has refused it. */
export function tellThrottling(draft: ServiceDraft, service: CalledService): void {
  const notice = serviceNotice.throttled(service);
  draft.complain(serviceEvent.throttled(draft.service.serviceName), notice, notice.eventName);
}
