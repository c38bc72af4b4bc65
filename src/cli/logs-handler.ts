/** What `fsd logs` does and shows. */
import { type LogLine, logs } from "../deploy/logs.ts";
import { serviceStacks } from "../deploy/status.ts";
import { ExitCode } from "../model/exit-code.ts";
import { failure } from "../model/failures.ts";
import { connect, namedServices } from "./connect.ts";
import type { Output } from "./output.ts";
import type { Handler } from "./verb.ts";

export const logsHandler: Handler = async (context) => {
  const { given, output, clock, signal } = context;
  const follow = given.flag("follow");
  const since = given.text("since") === undefined ? undefined : instant(given.text("since") ?? "", clock.now());
  const tail = tailOf(given.text("tail"), since !== undefined);
  const { aws, env } = connect(context);
  const stacks = await serviceStacks(aws, env, namedServices(context));
  const several = stacks.length > 1;
  const show = (line: LogLine): void => (output.format === "json" ? output.jsonLine(line) : output.line(text(line, several, output)));
  const readers = stacks.map(async ({ tags, outputs }) => {
    const service = tags["fsd:service"] ?? "";
    // Where the first deployment failed there are no outputs, but the group is retained under its default name.
    const group = outputs.LogGroup ?? `/ecs/${env}/${service}`;
    for await (const line of logs({ aws, clock, signal, service, group, since, tail, filter: given.text("filter"), follow })) show(line);
  });
  await Promise.all(readers);
  aws.close();
  return signal.aborted ? ExitCode.interrupted : ExitCode.done;
};

function text({ at, service, taskId, message }: LogLine, several: boolean, { paint }: Output): string {
  return `${paint.faint(at)} ${several ? `${paint.strong(service)} ` : ""}${paint.faint(taskId.slice(0, 8))} ${message}`;
}

const unitsMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function instant(text: string, now: number): number {
  const [, amount, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) return now - Number(amount) * (unitsMs[unit] ?? 0);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw failure("FSD5001", `--since takes 90s, 15m, 2h, 3d or an ISO 8601 time, not "${text}"`);
  return at;
}

function tailOf(text: string | undefined, whole: boolean): number {
  if (text === undefined) return whole ? Number.MAX_SAFE_INTEGER : 100;
  const lines = Number(text);
  if (!/^\d+$/.test(text) || lines === 0) throw failure("FSD5001", `--tail takes a number of lines, not "${text}"`);
  return lines;
}
