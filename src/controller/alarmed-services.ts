/** Which services have a deployment under way that an alarm could fail. */
import type { ServiceState } from "../engine/service/service-state.ts";
import { parseArn } from "../model/arn.ts";

export class AlarmedServices {
  readonly #byAlarm = new Map<string, Set<string>>();
  readonly #byService = new Map<string, readonly string[]>();

  /** Remembers what the service listens to now. */
  note(service: ServiceState): void {
    const { serviceArn, deploymentConfiguration, deployments } = service;
    const { alarms } = deploymentConfiguration;
    const open = alarms?.enable === true && deployments[0]?.rolloutState === "IN_PROGRESS";
    const region = parseArn(serviceArn)?.region ?? "";
    const keys = open ? alarms.alarmNames.map((alarmName) => `${region} ${alarmName}`) : [];
    const before = this.#byService.get(serviceArn);
    if (before === undefined && keys.length === 0) return;
    for (const key of before ?? []) this.#byAlarm.get(key)?.delete(serviceArn);
    if (keys.length === 0) this.#byService.delete(serviceArn);
    else this.#byService.set(serviceArn, keys);
    for (const key of keys) this.#byAlarm.set(key, (this.#byAlarm.get(key) ?? new Set()).add(serviceArn));
  }

  watching(region: string, alarmName: string): string[] {
    return [...(this.#byAlarm.get(`${region} ${alarmName}`) ?? [])];
  }
}
