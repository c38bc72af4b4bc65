import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";

let world: BalancedWorld;
let session: ClientHttp2Session;
beforeEach(async () => {
  world = new BalancedWorld();
  const { balancer, group } = await world.serving(({ url, socket }, response) => {
    const answer = answers.get(url ?? "");
    if (answer !== undefined) socket.write(`HTTP/1.1 ${answer}\r\nContent-Length: 2\r\n\r\nok`);
    else response.end();
  });
  const { url } = await world.secureListener(balancer, group);
  // In MB: a client that holds more to send takes no answer.
  session = connect(url, { rejectUnauthorized: false, maxSessionMemory: 100 });
});
afterEach(() => {
  session.destroy();
  return world.close();
});

/** What a target says, by path. */
const answers: ReadonlyMap<string, string> = new Map([
  ["/doubled", "200 OK\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nConstructor: me"],
  ["/strange", "999 Strange\r\nX-Secret: 1"],
]);

const ask = (path: string, body = ""): Promise<{ headers: IncomingHttpHeaders; text: string }> =>
  new Promise((resolve, reject) => {
    const stream = session.request({ ":path": path, ":method": body === "" ? "GET" : "POST" }, { endStream: body === "" });
    let answered: IncomingHttpHeaders = {};
    let text = "";
    stream.on("response", (received) => {
      answered = received;
    });
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    stream.on("error", reject).on("close", () => resolve({ headers: answered, text }));
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
