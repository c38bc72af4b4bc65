import { type ClientHttp2Session, connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";

let world: BalancedWorld;
let session: ClientHttp2Session;
beforeEach(async () => {
  world = new BalancedWorld();
  const { balancer, group } = await world.serving(({ url, socket }, response) => {
    const answer = answers.get(url ?? "");
    if (answer !== undefined) socket.write(`HTTP/1.1 ${answer}`);
    else response.end();
  });
  const { url, arn } = await world.secureListener(balancer, group);
  await world.ask("CreateRule", {
    ListenerArn: arn,
    Priority: 1,
    Conditions: [{ Field: "host-header", Values: ["other.example"] }],
    Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
  });
  // In MB: a client that holds more to send takes no answer.
  session = connect(url, { rejectUnauthorized: false, maxSessionMemory: 100 });
});
afterEach(() => {
  session.destroy();
  return world.close();
});

/** What a target says, by path. */
const answers: ReadonlyMap<string, string> = new Map([
  [
    "/doubled",
    "200 OK\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConstructor: me\r\nContent-Length: 2\r\n\r\nok",
  ],
  ["/trailing", "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\nConnection: close\r\nX-Sum: 2\r\n\r\n"],
  ["/strange", "999 Strange\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nok"],
]);

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly trailers: IncomingHttpHeaders;
}

const ask = (path: string, body = "", more: OutgoingHttpHeaders = {}): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, ":method": body === "" ? "GET" : "POST", ...more }, { endStream: body === "" });
    let answered: IncomingHttpHeaders = {};
    let text = "";
    let trailers: IncomingHttpHeaders = {};
    stream.on("trailers", (received) => {
      trailers = received;
    });
    stream.on("response", (received) => {
      answered = received;
    });
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("error", reject).on("close", () => resolve({ headers: answered, text, trailers }));
    if (body !== "") stream.end(body);
  });

describe("a client of HTTP/2", () => {
  it("gets what the target says twice as one, and cookies one by one", async () => {
    const { headers, text } = await ask("/doubled");
    expect(headers).toMatchObject({
      ":status": 200,
      "content-type": "text/plain, text/html",
      "set-cookie": ["a=1", "b=2"],
      constructor: "me",
    });
    expect(text).toBe("ok");
  });

  it("gets what trails a body, without what only a connection may be told", async () => {
    expect(await ask("/trailing")).toMatchObject({ text: "ok", trailers: { "x-sum": "1, 2" } });
  });

  it("is known by its authority to rules, as to the target, whatever Host says", async () => {
    const status = async (authority: string, host: string) => (await ask("/", "", { ":authority": authority, host })).headers[":status"];
    expect([await status("other.example", "shop.example"), await status("shop.example", "other.example")]).toEqual([404, 200]);
  });

  it("gets 502 for a status that its protocol has not", async () => {
    const { headers, text } = await ask("/strange");
    expect([headers[":status"], headers["x-secret"]]).toEqual([502, undefined]);
    expect(text).toContain("502 Bad Gateway");
  });

  it("is rid of its request where nobody reads a large body to its end", async () => {
    const { headers } = await ask("/", "b".repeat(20_000_000));
    expect(headers[":status"]).toBe(200);
  });
});
