/**
 * CloudWatch Logs as the log driver of a container sees it: does the group exist, and take these lines. The driver
 * is trusted with order and time; it has no sequence tokens and no batch limits to respect.
 */
export interface LogLine {
  /** Wall time, milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

export interface LogSink {
  /** Whether the group exists; a container whose group does not fails to start. */
  exists(region: string, group: string): boolean;
  /** Makes the group unless it exists (`awslogs-create-group`). */
  createGroup(region: string, group: string): void;
  /**
   * Appends lines to a stream, which is made when it does not exist; they are durable on return. Messages over
   * 1 MiB are cut, empty ones dropped, as the service and the driver do. Lines for a group that does not exist (any
   * more) are dropped, as they are on AWS once the group is deleted under a running task.
   */
  write(region: string, group: string, stream: string, lines: readonly LogLine[]): void;
}
