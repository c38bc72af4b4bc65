/** Carries a container's output to its log stream, with what the platform itself has to say about the container. */
import type { ContainerLaunch } from "../../model/task-launch.ts";
import type { LogSink } from "../services/cloudwatch-logs/log-sink.ts";
import type { ContainerProcess } from "./container-process.ts";
import { LineSplitter, LogBatch } from "./log-lines.ts";

export class ContainerLog {
  readonly #batch: LogBatch | undefined;

  /** Without an awslogs configuration output is read and dropped. `now`: the wall's. */
  constructor(container: ContainerLaunch, taskId: string, logs: LogSink, now: () => number) {
    const { log } = container;
    if (log === undefined) return;
    const stream = `${log.streamPrefix}/${container.name}/${taskId}`;
    this.#batch = new LogBatch((lines) => logs.write(log.region, log.group, stream, lines), now);
  }

  /** Adds a line of the platform's own. */
  note(line: string): void {
    this.#batch?.add([`[fsd] ${line}`]);
  }

  /** Reads both streams of a container; resolves when they have ended and every line is written. */
  async follow({ stdout, stderr }: ContainerProcess): Promise<void> {
    await Promise.all(
      [stdout, stderr].map(
        (readable) =>
          new Promise<void>((resolve) => {
            const splitter = new LineSplitter();
            readable.on("data", (chunk: Buffer) => this.#batch?.add(splitter.push(chunk)));
            readable.once("error", () => {}); // Its end is told by "close".
            readable.once("close", () => {
              this.#batch?.add(splitter.end());
              resolve();
            });
          }),
      ),
    );
    this.flush();
  }

  flush(): void {
    this.#batch?.flush();
  }
}
