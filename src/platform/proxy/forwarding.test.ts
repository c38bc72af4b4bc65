import { EventEmitter, once } from "node:events";
import { request as httpRequest, type IncomingMessage, type RequestListener } from "node:http";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";
import { VirtualClock } from "../../kit/virtual-clock.ts";

let world: BalancedWorld;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => world.close());

const balanced = (handler: RequestListener) => world.serving(handler);

/** All that comes until the connection is over. What is to be said later is said when something has come. */
const said = (url: string, first: string, later?: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(first));
    const chunks: Buffer[] = [];
    if (later !== undefined) socket.once("data", () => socket.write(later));
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });

describe("a request through the balancer", () => {
  it("reaches the target with its Host, with what the balancer adds, and without what belongs to the connection", async () => {
    let seen: IncomingMessage["headers"] = {};
    const { url } = await balanced((incoming, response) => {
      seen = incoming.headers;
      response.end();
    });
    await new Promise<void>((resolve) => {
      const headers = {
        Host: "shop.example",
        "X-Forwarded-For": "203.0.113.7",
        Connection: "X-Private",
        "X-Private": "1",
        TE: "trailers",
        "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
      };
      httpRequest(url, { headers }, (answer) => answer.resume().on("end", resolve)).end();
    });
    expect(seen.host).toBe("shop.example");
    expect(seen["x-forwarded-for"]).toBe("203.0.113.7, 127.0.0.1");
    expect(seen["x-forwarded-proto"]).toBe("http");
    expect(seen["x-forwarded-port"]).toBe(new URL(url).port);
    expect(seen["x-amzn-trace-id"]).toMatch(/^Self=1-[0-9a-f]{8}-[0-9a-f]{24};Root=1-67891233-abcdef012345678912345678$/);
    expect(seen["x-private"]).toBeUndefined();
    expect(seen.te).toBeUndefined();
  });

  it("carries bodies of any size and kind both ways", async () => {
    const { url } = await balanced((incoming, response) => {
      response.writeHead(200, { "X-Method": incoming.method, "Set-Cookie": ["a=1", "b=2"] });
      incoming.pipe(response);
    });
    for (const size of [1, 1_000, 64 * 1024, 64 * 1024 + 1, 3_000_000]) {
      const sent = "y".repeat(size);
      const { body, headers } = await request(url, { method: "POST", body: sent });
      expect((await body.text()).length).toBe(size);
      expect(headers["set-cookie"]).toEqual(["a=1", "b=2"]);
    }
    async function* pieces() {
      yield "one ";
      yield "two";
    }
    const { body } = await request(url, { method: "PUT", body: Readable.from(pieces()) });
    expect(await body.text()).toBe("one two");
    const head = await request(url, { method: "HEAD" });
    expect(head.headers["x-method"]).toBe("HEAD");
  });

  it("streams a response as it comes", async () => {
    let finish = (): void => {};
    const { url } = await balanced((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.flushHeaders();
      finish = () => {
        response.write("data: 1\n\n");
        finish = () => response.end("data: 2\n\n");
      };
    });
    const { body, statusCode } = await request(url);
    expect(statusCode).toBe(200);
    const pieces: string[] = [];
    finish();
    for await (const piece of body) {
      pieces.push(String(piece));
      finish();
    }
    expect(pieces).toEqual(["data: 1\n\n", "data: 2\n\n"]);
  });

  it("is answered 502 with the load balancer's page when the target refuses the connection", async () => {
    const { url, target } = await balanced((_, response) => response.end());
    target.kill();
    const { statusCode, headers, body } = await request(url);
    expect(statusCode).toBe(502);
    expect(headers.server).toBe("awselb/2.0");
    expect(headers["content-type"]).toBe("text/html");
    expect(await body.text()).toBe(
      "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n",
    );
  });

  it("is answered 502 when the target cuts it, garbles it, or floods the head", async () => {
    const { url } = await balanced((incoming, response) => {
      if (incoming.url === "/cut") incoming.socket.destroy();
      else if (incoming.url === "/garble") incoming.socket.end("nonsense\r\n\r\n");
      else response.writeHead(200, { "X-Flood": "f".repeat(40_000) }).end();
    });
    for (const path of ["/cut", "/garble", "/flood"]) expect((await request(`${url}${path}`)).statusCode).toBe(502);
    expect((await request(`${url}/cut`, { method: "POST", body: "z".repeat(100_000) })).statusCode).toBe(502);
  });

  it("is answered 504 when the target stays silent for the idle timeout", async () => {
    const { url, balancer } = await balanced(() => {});
    await world.setIdleTimeout(balancer, 1);
    const { statusCode, body } = await request(url);
    expect(statusCode).toBe(504);
    expect(await body.text()).toContain("504 Gateway Time-out");
  });

  it("is cut when the target dies in the middle of its answer", async () => {
    const { url } = await balanced((incoming, response) => {
      response.writeHead(200, { "Content-Length": "10" });
      response.write("half");
      setImmediate(() => incoming.socket.destroy());
    });
    const { statusCode, body } = await request(url);
    expect(statusCode).toBe(200);
    await expect(body.text()).rejects.toThrow();
  });

  it("is answered 503 without targets, and while all of them drain", async () => {
    const balancer = await world.loadBalancer();
    const group = await world.targetGroup();
    const { url: untended } = await world.listener(balancer, group);
    const { statusCode, body } = await request(untended);
    expect(statusCode).toBe(503);
    expect(await body.text()).toContain("503 Service Temporarily Unavailable");

    let finish = (): void => {};
    let arrived = (): void => {};
    const arrival = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const {
      url,
      group: draining,
      target,
    } = await balanced((_, response) => {
      finish = () => response.end("the last");
      arrived();
    });
    const last = request(url);
    await arrival;
    world.loadBalancing.deregister(draining, target);
    expect((await request(url)).statusCode).toBe(503);
    finish();
    expect(await (await last).body.text()).toBe("the last");
  });

  it("ends at the target when the client leaves", async () => {
    let arrived = (): void => {};
    const came = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let left = (): void => {};
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const { url, target, group } = await balanced((_, response) => {
      response.on("close", () => left());
      arrived();
    });
    const abort = new AbortController();
    const asked = request(url, { signal: abort.signal }).catch(() => "aborted");
    await came;
    abort.abort();
    await gone;
    expect(await asked).toBe("aborted");
    // Nothing is in flight, so the drain is over at once.
    world.loadBalancing.deregister(group, target);
    await world.reaches(target, "unused");
  });

  it("is counted as one that the load balancer answered: 502 when the target refuses it, 4XX when the client leaves (460) or is refused", async () => {
    const clock = new VirtualClock();
    await world.close();
    world = new BalancedWorld({ clock });
    const counts = (): Record<string, number> => {
      clock.advanceBy(5_000);
      const told = world.metrics.splice(0).filter(({ name }) => name.startsWith("HTTPCode_ELB"));
      return Object.fromEntries(told.map(({ name, value }) => [name, value]));
    };
    const seen = new EventEmitter();
    const [came, gone] = [once(seen, "came"), once(seen, "gone")];
    const { url, target } = await balanced((_, response) => {
      response.on("close", () => seen.emit("gone"));
      seen.emit("came");
    });
    const abort = new AbortController();
    const asked = request(url, { signal: abort.signal }).catch(() => "aborted");
    await came;
    abort.abort();
    await gone;
    await asked;
    expect(counts()).toEqual({ HTTPCode_ELB_4XX_Count: 1 });
    expect((await request(`${url}/${"p".repeat(17_000)}`)).statusCode).toBe(414);
    expect(counts()).toEqual({ HTTPCode_ELB_4XX_Count: 1 });
    target.kill();
    expect((await request(url)).statusCode).toBe(502);
    expect(counts()).toEqual({ HTTPCode_ELB_5XX_Count: 1, HTTPCode_ELB_502_Count: 1 });
  });

  it("is refused when it is malformed", async () => {
    const { url } = await balanced((_, response) => response.end());
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write("GARBAGE\r\n\r\n"));
      socket.once("data", (data) => resolve(String(data)));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect((await request(url, { method: "TRACE" })).statusCode).toBe(405);
    expect(
      (await request(url, { headers: { "x-forwarded-for": Array.from({ length: 31 }, (_, n) => `10.0.0.${n}`).join(", ") } })).statusCode,
    ).toBe(463);
    expect((await request(`${url}/${"p".repeat(17_000)}`)).statusCode).toBe(414);
    expect(await said(url, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("is cut when nonsense follows it while its answer is under way, and nothing is put into that", async () => {
    const { url } = await balanced((_, response) => response.write("begun"));
    const answer = await said(url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "NONSENSE\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*\r\n\r\n5\r\nbegun\r\n$/s);
  });
});

describe("a large body that nobody reads to its end", () => {
  const sentWhole = (url: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      let statusCode: number | undefined;
      const asked = httpRequest(url, { method: "POST" }, (answer) => {
        statusCode = answer.resume().statusCode;
      });
      asked.on("error", reject).on("close", () => resolve(statusCode));
      // The body is first said whole; then an answer is listened to.
      asked.end(Buffer.alloc(20_000_000, "b"));
    });

  it("is taken from the client when the load balancer answers itself", async () => {
    const { url } = await world.listener(await world.loadBalancer(), await world.targetGroup());
    expect(await sentWhole(url)).toBe(503);
  });

  it("is taken from the client when the target answers before, or breaks off", async () => {
    const { url } = await balanced((incoming, response) => {
      if (incoming.url === "/full") response.writeHead(413).end();
      else incoming.once("data", () => incoming.socket.resetAndDestroy());
    });
    expect(await sentWhole(`${url}/full`)).toBe(413);
    expect(await sentWhole(`${url}/break`)).toBe(502);
  });
});

describe("a kept-alive connection that the target closes just as a request goes out on it", () => {
  /** Answers the first request of every connection and cuts it on the second. */
  const oneEach = () => {
    const answered = new WeakSet<Socket>();
    const bodies: string[] = [];
    const handler: RequestListener = async (incoming, response) => {
      bodies.push(`${incoming.method} ${await text(incoming)}`);
      if (answered.has(incoming.socket)) incoming.socket.destroy();
      else {
        answered.add(incoming.socket);
        response.end("answered");
      }
    };
    return { handler, bodies };
  };

  it("costs an idempotent request nothing: it is sent once more", async () => {
    const { handler, bodies } = oneEach();
    const { url } = await balanced(handler);
    for (let turn = 0; turn < 4; turn++) {
      const { statusCode, body } = await request(url, { method: "PUT", body: `b${turn}` });
      expect([statusCode, await body.text()]).toEqual([200, "answered"]);
    }
    expect(bodies).toEqual(["PUT b0", "PUT b1", "PUT b1", "PUT b2", "PUT b2", "PUT b3", "PUT b3"]);
  });

  it("never sends a request twice that may not be repeated", async () => {
    const { handler, bodies } = oneEach();
    const { url } = await balanced(handler);
    await (await request(url, { method: "POST", body: "first" })).body.text();
    const second = await request(url, { method: "POST", body: "second" });
    expect(second.statusCode).toBe(502);
    expect(bodies).toEqual(["POST first", "POST second"]);
  });
});
