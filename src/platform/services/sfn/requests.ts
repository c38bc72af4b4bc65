/** What the operations have in common: names and ARNs checked, records found, pages sized. */
import { invalidArn, invalidName, noExecution, noMachine } from "./faults.ts";
import { type ExecutionRecord, findExecution, type MachineRecord, type SfnRecords } from "./records.ts";

/** @throws StateMachineDoesNotExist, or InvalidArn for what is no ARN of a state machine */
export function mustFindMachine({ machines }: SfnRecords, arn: string): MachineRecord {
  checkArn(arn);
  const machine = machines.get(arn);
  if (machine === undefined) throw noMachine(arn);
  return machine;
}

/** @throws ExecutionDoesNotExist, or InvalidArn for what is no ARN of an execution */
export function mustFindExecution(records: SfnRecords, arn: string): ExecutionRecord {
  if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:execution:[^:]+:[^:]+$/.test(arn)) throw invalidArn(arn);
  const execution = findExecution(records, arn);
  if (execution === undefined) throw noExecution(arn);
  return execution;
}

/** @throws InvalidArn for what is no ARN of a state machine */
export function checkArn(arn: string): void {
  if (!/^arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:[^:]+$/.test(arn)) throw invalidArn(arn);
}

/**
 * A name of a state machine or an execution: 1 to 80 letters, digits, `-` and `_`.
 * @throws InvalidName
 */
export function checkName(name: string): void {
  if (!/^[\w-]{1,80}$/.test(name)) throw invalidName(name);
}

/** A page's size: 0 and nothing mean 100. */
export function pageSize(asked: number | undefined, most = 1000): number {
  return asked === undefined || asked === 0 ? 100 : Math.min(asked, most);
}
