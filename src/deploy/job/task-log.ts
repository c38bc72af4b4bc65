/** The lines of one container of one task, each once, in their order, as far as they are written. */
import type { Aws } from "../../aws/aws.ts";
import type { LogLine } from "../logs.ts";
import type { LogPlace } from "../service/tasks.ts";

export class TaskLog {
  readonly #aws: Aws;
  readonly #stream: { readonly logGroupName: string; readonly logStreamName: string };
  readonly #who: Pick<LogLine, "service" | "container" | "taskId">;
  #token: string | undefined;

  constructor(aws: Aws, { group, streamPrefix }: LogPlace, container: string, taskId: string, service: string) {
    this.#aws = aws;
    this.#stream = { logGroupName: group, logStreamName: `${streamPrefix}/${container}/${taskId}` };
    this.#who = { service, container, taskId };
  }

  /** What was written since the last call. */
  async fresh(): Promise<LogLine[]> {
    const found: LogLine[] = [];
    for (;;) {
      const page = await this.#page();
      if (page === undefined) return found;
      const { events = [], nextForwardToken } = page;
      for (const { timestamp = 0, message = "" } of events) {
        found.push({ at: new Date(timestamp).toISOString(), ...this.#who, message: message.replace(/\n$/, "") });
      }
      // At the end of the stream the token stays as it is.
      if (nextForwardToken === undefined || nextForwardToken === this.#token) return found;
      this.#token = nextForwardToken;
      if (events.length === 0) return found;
    }
  }

  /** Undefined while the task has written nothing: then there is no stream. */
  async #page() {
    try {
      const position = this.#token === undefined ? {} : { nextToken: this.#token };
      return await this.#aws.logs.getLogEvents({ ...this.#stream, startFromHead: true, ...position });
    } catch (error) {
      if ((error as Error).name === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }
}
