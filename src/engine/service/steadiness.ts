import type { ServiceDraft } from "./service-draft.ts";
import { serviceEvent } from "./service-events.ts";
import { serviceNotice } from "./service-notice.ts";

/** A steady service says so again after this long. */
const REPEAT_AFTER_MS = 6 * 3_600_000;

/** Says that a service is steady: when it becomes so, and every six hours while it remains so. */
export function tellSteadiness(draft: ServiceDraft, steady: boolean): void {
  const told = draft.service.steadyToldTime;
  if (!steady) {
    if (told !== undefined) draft.forget("steadyToldTime");
    return;
  }
  if (told === undefined || draft.now.time >= told + REPEAT_AFTER_MS) {
    draft.change({ steadyToldTime: draft.now.time, complaints: {} });
    draft.tell(serviceEvent.steady(draft.service.serviceName), serviceNotice.steady);
  }
  draft.wake((draft.service.steadyToldTime ?? draft.now.time) + REPEAT_AFTER_MS);
}
