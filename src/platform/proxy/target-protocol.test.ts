import {
  type ClientHttp2Session,
  connect,
  createServer as createHttp2Server,
  createSecureServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { createServer as createSecureHttp1Server } from "node:https";
import { Agent, request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../test/support/balanced-world.ts";
import { SystemClock } from "../../kit/clock.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import { connectTarget } from "./target-protocol.ts";

let world: BalancedWorld;
let session: ClientHttp2Session | undefined;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(async () => {
  session?.close();
  session = undefined;
  await world.close();
});

const authority = () => new CertificateAuthority(world.store, new SystemClock());

/** An HTTPS listener before a target group, and a client of HTTP/2 for it. */
async function securely(targetGroupArn: string): Promise<{ url: string; session: ClientHttp2Session }> {
  const { Listeners } = await world.ask("CreateListener", {
    LoadBalancerArn: await world.loadBalancer(),
    Port: 443,
    Protocol: "HTTPS",
    Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
    DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
  });
  const url = `https://127.0.0.1:${world.loadBalancing.hostPort(Listeners![0]!.ListenerArn!)}`;
  session = connect(url, { ca: authority().certificate });
  return { url, session };
}

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(client: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = client.request(headers, { endStream: body === undefined });
    const answer = { headers: {}, trailers: {}, body: "" };
    stream.on("response", (received) => {
      answer.headers = received;
    });
    stream.on("trailers", (received) => {
      answer.trailers = received;
    });
    stream.on("data", (chunk) => {
      answer.body += chunk;
    });
    stream.on("end", () => resolve(answer));
    stream.on("error", reject);
    if (body !== undefined) stream.end(body);
  });
}

describe("a target group", () => {
  it("of version GRPC carries calls with their trailers, and judges health by gRPC status", async () => {
    const group = await world.targetGroup("grpc", { ProtocolVersion: "GRPC", HealthCheckPath: undefined, Matcher: { GrpcCode: "0,12" } });
    const probed: IncomingHttpHeaders[] = [];
    const server = createHttp2Server();
    server.on("stream", (stream, headers) => {
      if (headers[":path"] === "/AWS.ALB/healthcheck") {
        probed.push(headers);
        stream.respond({ ":status": 200, "content-type": "application/grpc", "grpc-status": "12" }, { endStream: true });
        return;
      }
      stream.respond({ ":status": 200, "content-type": "application/grpc", "x-te": String(headers.te) }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0", "grpc-message": "fine" }));
      stream.pipe(stream);
    });
    const target = await world.place(server);
    const { session: client, url } = await securely(group);
    world.register(group, target);
    await world.reaches(target, "healthy");
    expect(probed[0]).toMatchObject({ ":method": "POST", "content-type": "application/grpc", "user-agent": "ELB-HealthChecker/2.0" });
    const calls = await Promise.all(
      [1, 2, 3].map((call) =>
        ask(
          client,
          { ":method": "POST", ":path": "/items.Items/List", "content-type": "application/grpc", te: "trailers" },
          `call ${call}`,
        ),
      ),
    );
    expect(calls.map(({ body, trailers }) => [body, trailers["grpc-status"], trailers["grpc-message"]])).toEqual([
      ["call 1", "0", "fine"],
      ["call 2", "0", "fine"],
      ["call 3", "0", "fine"],
    ]);
    expect(calls[0]!.headers["x-te"]).toBe("trailers");
    // gRPC needs HTTP/2 from end to end.
    const overHttp1 = new Agent({ connect: { ca: authority().certificate } });
    expect((await request(url, { dispatcher: overHttp1 })).statusCode).toBe(464);
    await overHttp1.close();
    world.loadBalancing.deregister(group, target);
    await world.reaches(target, "unused");
  });

  it("of protocol HTTPS speaks TLS with its targets, whoever issued their certificate", async () => {
    const { certificate, key } = authority().issue("task.internal");
    for (const version of ["HTTP1", "HTTP2"] as const) {
      const group = await world.targetGroup(`secure-${version}`, { Protocol: "HTTPS", ProtocolVersion: version });
      const options = { cert: certificate, key };
      const target = await world.place(
        version === "HTTP1"
          ? createSecureHttp1Server(options, (incoming, response) => response.end(`spoken ${incoming.httpVersion}`))
          : createSecureServer(options, (incoming, response) => response.end(`spoken ${incoming.httpVersion}`)),
      );
      const balancer = await world.loadBalancer(`of-${version}`);
      const { Listeners } = await world.ask("CreateListener", {
        LoadBalancerArn: balancer,
        Port: 443,
        Protocol: "HTTPS",
        Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
        DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
      });
      world.register(group, target);
      await world.reaches(target, "healthy");
      const client = connect(`https://127.0.0.1:${world.loadBalancing.hostPort(Listeners![0]!.ListenerArn!)}`, {
        ca: authority().certificate,
      });
      expect((await ask(client, { ":path": "/" })).body).toBe(version === "HTTP1" ? "spoken 1.1" : "spoken 2.0");
      client.close();
    }
  });
});

it("a target has ten seconds to take a connection", async () => {
  const asked: unknown[] = [];
  const dialer = {
    connect: (target: { ip: string; port: number }, timeoutMs?: number): Promise<never> => {
      asked.push([target, timeoutMs]);
      return Promise.reject(Object.assign(new Error("connect ETIMEDOUT"), { code: "ETIMEDOUT" }));
    },
  };
  await expect(connectTarget(dialer, BalancedWorld.silent, { tls: false, version: "HTTP1" })).rejects.toMatchObject({ code: "ETIMEDOUT" });
  expect(asked).toEqual([[BalancedWorld.silent, 10_000]]);
});
