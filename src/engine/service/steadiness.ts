import { type ServiceDraft, TELL_AGAIN_AFTER_MS } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";

/** Says that a service is steady: when it becomes so, and every six hours while it remains so. */
export function tellSteadiness(draft: ServiceDraft, steady: boolean): void {
  const told = draft.service.steadyToldTime;
  if (!steady) {
    if (told !== undefined) draft.forget("steadyToldTime");
    return;
  }
  if (told === undefined || draft.now.time >= told + TELL_AGAIN_AFTER_MS) {
    draft.change({ steadyToldTime: draft.now.time, complaints: {} });
    draft.tell(serviceEvent.steady(draft.service.serviceName), serviceNotice.steady);
  }
  draft.wake((draft.service.steadyToldTime ?? draft.now.time) + TELL_AGAIN_AFTER_MS);
}
