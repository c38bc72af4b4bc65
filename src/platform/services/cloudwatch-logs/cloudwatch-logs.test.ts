import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../kit/temporary-folder.testing.ts";
import { VirtualClock } from "../../../kit/virtual-clock.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { LogRetention } from "./log-retention.ts";
import { LARGEST_EVENT_BYTES, LogStore } from "./log-store.ts";
import { cloudwatchLogsProvider } from "./provider.ts";

const DAY_MS = 86_400_000;
const now = 1_700_000_000_000;
const region = "us-east-1";
const logGroupName = "/ecs/local/items";
const logStreamName = "ecs/app/0123";

describe("logs", () => {
  let folder: string;
  let store: LibsqlStore;
  let clock: VirtualClock;
  let logs: LogStore;
  let call: <O extends OperationName<"cloudwatch-logs">>(
    operation: O,
    input: OperationInput<"cloudwatch-logs", O>,
  ) => Promise<OperationOutput<"cloudwatch-logs", O>>;

  const open = (): void => {
    store = new LibsqlStore(join(folder, "state.db"));
    logs = new LogStore({ store, clock });
    const provider = cloudwatchLogsProvider({ clock, account: "000000000000", logs });
    call = async (operation, input) => {
      const handler = provider.operations[operation];
      if (handler === undefined) throw new Error(`no ${operation}`);
      return handler(input as never, { account: "000000000000", region, requestId: "r" }) as never;
    };
  };
  const write = (stream: string, ...lines: [timestamp: number, message: string][]): void =>
    logs.write(
      region,
      logGroupName,
      stream,
      lines.map(([timestamp, message]) => ({ timestamp: now + timestamp, message })),
    );
  const messages = (events: readonly { message?: string | undefined }[] | undefined): string =>
    (events ?? []).map(({ message }) => message).join(" ");

  beforeEach(async () => {
    folder = temporaryFolder();
    clock = new VirtualClock(now);
    open();
    await call("CreateLogGroup", { logGroupName, tags: { team: "a" } });
  });
  afterEach(() => {
    store.close();
  });

  it("what a task wrote is there after a restart, and the driver makes streams but no groups", async () => {
    write(logStreamName, [0, "one"], [1, "two"]);
    logs.write(region, "/no/such/group", "s", [{ timestamp: now, message: "lost" }]);
    store.close();
    open();
    expect(messages((await call("GetLogEvents", { logGroupName, logStreamName })).events)).toBe("one two");
    expect(logs.exists(region, "/no/such/group")).toBe(false);
    const { logStreams } = await call("DescribeLogStreams", { logGroupName });
    expect(logStreams).toMatchObject([{ logStreamName, firstEventTimestamp: now, lastEventTimestamp: now + 1, lastIngestionTime: now }]);
  });

  it("reading starts with the last page, goes back to the first, and forward again as lines arrive", async () => {
    write(logStreamName, ...Array.from({ length: 10 }, (_, index) => [index, String(index)] as [number, string]));
    const read = async (nextToken?: string) => {
      const page = await call("GetLogEvents", { logGroupName, logStreamName, limit: 4, nextToken });
      return { ...page, text: messages(page.events) };
    };
    const last = await read();
    const middle = await read(last.nextBackwardToken);
    const first = await read(middle.nextBackwardToken);
    const beforeFirst = await read(first.nextBackwardToken);
    expect([last.text, middle.text, first.text, beforeFirst.text]).toEqual(["6 7 8 9", "2 3 4 5", "0 1", ""]);
    expect(beforeFirst.nextBackwardToken).toBe(first.nextBackwardToken);

    const end = await read(last.nextForwardToken);
    expect([end.text, end.nextForwardToken]).toEqual(["", last.nextForwardToken]);
    write(logStreamName, [9, "also at nine"], [10, "ten"]);
    expect((await read(end.nextForwardToken)).text).toBe("also at nine ten");
    await expect(read("f/nonsense/s")).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("a time range includes its start and not its end, from the head if asked", async () => {
    write(logStreamName, [0, "a"], [1, "b"], [2, "c"], [3, "d"]);
    const range = { logGroupName, logStreamName, startTime: now + 1, endTime: now + 3 };
    expect(messages((await call("GetLogEvents", range)).events)).toBe("b c");
    expect(messages((await call("GetLogEvents", { ...range, limit: 1 })).events)).toBe("c");
    expect(messages((await call("GetLogEvents", { ...range, limit: 1, startFromHead: true })).events)).toBe("b");
  });

  it("a batch out of order, too large or too wide is refused whole; old and future events are left out and counted", async () => {
    await call("CreateLogStream", { logGroupName, logStreamName });
    const put = (...logEvents: { timestamp: number; message: string }[]) =>
      call("PutLogEvents", { logGroupName, logStreamName, logEvents });
    const refused = { name: "InvalidParameterException" };
    await expect(put({ timestamp: now, message: "b" }, { timestamp: now - 1, message: "a" })).rejects.toMatchObject(refused);
    await expect(put({ timestamp: now, message: "x".repeat(LARGEST_EVENT_BYTES + 1) })).rejects.toMatchObject(refused);
    await expect(put({ timestamp: now - DAY_MS - 1, message: "a" }, { timestamp: now, message: "b" })).rejects.toMatchObject(refused);
    await expect(call("PutLogEvents", { logGroupName, logStreamName: "no", logEvents: [] })).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: "The specified log stream does not exist.",
    });
    const { rejectedLogEventsInfo: future } = await put(
      { timestamp: now, message: "now" },
      { timestamp: now + 3 * 3_600_000, message: "later" },
    );
    expect(future).toEqual({ tooNewLogEventStartIndex: 1 });
    const { rejectedLogEventsInfo: past } = await put(
      { timestamp: now - 14 * DAY_MS - 1, message: "old" },
      { timestamp: now - 14 * DAY_MS + 1, message: "just" },
    );
    expect(past).toEqual({ tooOldLogEventEndIndex: 1 });
    expect(messages((await call("GetLogEvents", { logGroupName, logStreamName })).events)).toBe("just now");
  });

  it("the driver cuts a message at the largest size, between characters, and drops empty ones", async () => {
    write(logStreamName, [0, `${"x".repeat(LARGEST_EVENT_BYTES - 1)}é tail`], [1, ""]);
    const { events } = await call("GetLogEvents", { logGroupName, logStreamName });
    expect(events).toHaveLength(1);
    expect(events?.[0]?.message).toBe("x".repeat(LARGEST_EVENT_BYTES - 1));
  });

  it("filtering merges streams by time, page by page, in either direction", async () => {
    write("b", [0, "b0"], [2, "b2"], [2, "b2'"], [5, "skip"]);
    write("a", [1, "a1"], [2, "a2"], [4, "a4"]);
    write("c", [9, "c9"]);
    for (const startFromHead of [true, false]) {
      const seen: string[] = [];
      let nextToken: string | undefined;
      do {
        const page = await call("FilterLogEvents", {
          logGroupName,
          filterPattern: "-skip",
          startTime: now,
          endTime: now + 8,
          limit: 2,
          startFromHead,
          nextToken,
        });
        seen.push(...(page.events ?? []).map(({ message }) => message ?? ""));
        nextToken = page.nextToken;
      } while (nextToken !== undefined);
      const inOrder = ["b0", "a1", "a2", "b2", "b2'", "a4"];
      expect(seen).toEqual(startFromHead ? inOrder : inOrder.reverse());
    }
    const prefixed = await call("FilterLogEvents", { logGroupName, logStreamNamePrefix: "a", filterPattern: "a2" });
    expect(prefixed.events).toMatchObject([{ logStreamName: "a", message: "a2", timestamp: now + 2 }]);
    await expect(call("FilterLogEvents", { logGroupName, filterPattern: "{ nonsense" })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  it("a search for what is rare ends its pages early, and still finds it", async () => {
    for (let batch = 0; batch < 5; batch++) {
      write("s", ...Array.from({ length: 10_000 }, (_, index) => [batch * 10_000 + index, "noise"] as [number, string]));
    }
    write("s", [60_000, "needle"]);
    let pages = 0;
    let nextToken: string | undefined;
    const found: string[] = [];
    do {
      const page = await call("FilterLogEvents", { logGroupName, filterPattern: "needle", nextToken });
      pages++;
      found.push(...(page.events ?? []).map(({ message }) => message ?? ""));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect([pages, found]).toEqual([3, ["needle"]]);
  });

  it("retention hides events at once and deletes them within the hour", async () => {
    write(logStreamName, [-3 * DAY_MS, "old"], [0, "new"]);
    await expect(call("PutRetentionPolicy", { logGroupName, retentionInDays: 2 })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await call("PutRetentionPolicy", { logGroupName, retentionInDays: 1 });
    expect(messages((await call("FilterLogEvents", { logGroupName })).events)).toBe("new");
    const retention = new LogRetention({ clock, logs });
    clock.advanceBy(3_600_000);
    retention.close();
    await call("DeleteRetentionPolicy", { logGroupName });
    expect(messages((await call("FilterLogEvents", { logGroupName })).events)).toBe("new");
    expect((await call("DescribeLogGroups", {})).logGroups?.[0]?.retentionInDays).toBeUndefined();
  });

  it("groups are listed by prefix or pattern, tagged by ARN, protected, and deleted with their streams", async () => {
    await call("CreateLogGroup", { logGroupName: "/ecs/prod/items", deletionProtectionEnabled: true });
    const names = async (input: OperationInput<"cloudwatch-logs", "DescribeLogGroups">) =>
      (await call("DescribeLogGroups", input)).logGroups?.map((group) => group.logGroupName);
    expect(await names({ logGroupNamePrefix: "/ecs/local" })).toEqual([logGroupName]);
    expect(await names({ logGroupNamePattern: "PROD" })).toEqual(["/ecs/prod/items"]);
    const { logGroups } = await call("DescribeLogGroups", { limit: 1 });
    const [group] = logGroups ?? [];
    expect(group?.arn).toBe(`arn:aws:logs:us-east-1:000000000000:log-group:${logGroupName}:*`);
    for (const resourceArn of [group?.arn, group?.logGroupArn]) {
      expect(await call("ListTagsForResource", { resourceArn })).toEqual({ tags: { team: "a" } });
    }
    await call("UntagResource", { resourceArn: group?.logGroupArn, tagKeys: ["team"] });
    expect(await call("ListTagsForResource", { resourceArn: group?.arn })).toEqual({ tags: {} });

    await expect(call("CreateLogGroup", { logGroupName })).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
    await expect(call("DeleteLogGroup", { logGroupName: "/ecs/prod/items" })).rejects.toMatchObject({ name: "ValidationException" });
    write(logStreamName, [0, "gone"]);
    await call("DeleteLogGroup", { logGroupName });
    await call("CreateLogGroup", { logGroupName });
    expect((await call("DescribeLogStreams", { logGroupName })).logStreams).toEqual([]);
  });

  it("streams are listed by their last event, newest first", async () => {
    write("a", [3, "x"]);
    write("b", [1, "x"]);
    write("c", [2, "x"]);
    const order = { logGroupName, orderBy: "LastEventTime", descending: true, limit: 2 } as const;
    const first = await call("DescribeLogStreams", order);
    const second = await call("DescribeLogStreams", { ...order, nextToken: first.nextToken });
    expect([...(first.logStreams ?? []), ...(second.logStreams ?? [])].map((stream) => stream.logStreamName)).toEqual(["a", "c", "b"]);
  });
});
