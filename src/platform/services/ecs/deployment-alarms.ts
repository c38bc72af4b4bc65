/** CloudWatch's alarms as the scheduler asks for them. */
import type { Alarms } from "../../../controller/ports.ts";
import type { AlarmBoard } from "../cloudwatch/alarm-board.ts";

/** Periods are engine time: the evaluation shortens them by the platform's speed, and the engine's clock runs as much faster. */
export function deploymentAlarms(board: Pick<AlarmBoard, "get">): Alarms {
  return {
    find: (region, alarmName) => {
      const alarm = board.get(region, alarmName);
      if (alarm === undefined) return undefined;
      return { alarmName, state: alarm.state, windowMs: alarm.period * 1000 * alarm.rule.evaluationPeriods };
    },
  };
}
