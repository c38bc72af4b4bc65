import { connect, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { request as httpsRequest } from "node:https";
import { Agent, request } from "undici";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BalancedWorld } from "../../../../test/support/balanced-world.ts";
import { SystemClock } from "../../../kit/clock.ts";
import { CertificateAuthority } from "../../proxy/certificate-authority.ts";

let world: BalancedWorld;
beforeEach(() => {
  world = new BalancedWorld();
});
afterEach(() => world.close());

const certificate = (id: string) => ({ CertificateArn: `arn:aws:acm:us-east-1:000000000000:certificate/${id}` });

describe("an HTTPS listener", () => {
  it("shows each client a certificate for its name, and the way there from HTTP is a redirect that works", async () => {
    const LoadBalancerArn = await world.loadBalancer();
    const group = await world.targetGroup();
    const target = await world.serve((incoming, response) =>
      response.end(`${incoming.headers["x-forwarded-proto"]} ${incoming.headers["x-forwarded-port"]} ${incoming.headers.host}`),
    );
    const { Listeners } = await world.ask("CreateListener", {
      LoadBalancerArn,
      Port: 443,
      Protocol: "HTTPS",
      Certificates: [certificate("one")],
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
    });
    expect(Listeners![0]).toMatchObject({
      Protocol: "HTTPS",
      SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      Certificates: [certificate("one")],
    });
    const plain = await world.ask("CreateListener", {
      LoadBalancerArn,
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: [{ Type: "redirect", RedirectConfig: { Protocol: "HTTPS", Port: "443", StatusCode: "HTTP_301" } }],
    });
    world.register(group, target);
    await world.reaches(target, "healthy");
    const securePort = world.loadBalancing.hostPort(Listeners![0]!.ListenerArn!)!;
    const plainPort = world.loadBalancing.hostPort(plain.Listeners![0]!.ListenerArn!)!;

    const { statusCode, headers } = await request(`http://127.0.0.1:${plainPort}/a?b=c`);
    expect([statusCode, headers.location]).toEqual([301, `https://127.0.0.1:${securePort}/a?b=c`]);

    const ca = new CertificateAuthority(world.store, new SystemClock()).certificate;
    const trusting = new Agent({ connect: { ca, lookup: (_, __, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]) } });
    for (const host of ["127.0.0.1", "localhost", "shop.example"]) {
      const { body } = await request(`https://${host}:${securePort}/`, { dispatcher: trusting });
      expect(await body.text()).toBe(`https ${securePort} ${host}:${securePort}`);
    }
    await trusting.close();
    await expect(request(`https://127.0.0.1:${securePort}/`)).rejects.toThrow(/certificate/);
  });

  it("speaks HTTP/2 with clients that do", async () => {
    const LoadBalancerArn = await world.loadBalancer();
    const group = await world.targetGroup();
    const target = await world.serve((incoming, response) => {
      response.setHeader("Set-Cookie", ["a=1", "b=2"]);
      response.setHeader(
        "X-Seen",
        `${incoming.httpVersion} ${incoming.method} ${incoming.headers.host} ${incoming.headers["x-forwarded-for"]}`,
      );
      incoming.pipe(response);
    });
    const { url } = await world.secureListener(LoadBalancerArn, group);
    world.register(group, target);
    await world.reaches(target, "healthy");
    const ca = new CertificateAuthority(world.store, new SystemClock()).certificate;
    const session = connect(url, { ca });
    const ask = (headers: OutgoingHttpHeaders, body = ""): Promise<{ headers: IncomingHttpHeaders; text: string }> =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ":authority": "shop.example", ...headers }, { endStream: body === "" });
        let answered: IncomingHttpHeaders = {};
        const chunks: Buffer[] = [];
        stream.on("response", (received) => {
          answered = received;
        });
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => resolve({ headers: answered, text: Buffer.concat(chunks).toString() }));
        stream.on("error", reject);
        if (body !== "") stream.end(body);
      });
    const bodies = ["", "short", "l".repeat(200_000)];
    const answers = await Promise.all(bodies.map((body) => ask({ ":method": body === "" ? "GET" : "POST", ":path": "/x?y" }, body)));
    expect(answers.map(({ text }) => text)).toEqual(bodies);
    expect(answers[0]!.headers).toMatchObject({ ":status": 200, "set-cookie": ["a=1", "b=2"], "x-seen": "1.1 GET shop.example 127.0.0.1" });
    world.loadBalancing.deregister(group, target);
    await world.reaches(target, "unused");
    expect((await ask({ ":path": "/" })).headers[":status"]).toBe(503);
    session.close();
  });

  it("lets websockets through", async () => {
    const LoadBalancerArn = await world.loadBalancer();
    const group = await world.targetGroup();
    const target = await world.serve((_, response) => response.end());
    target.server.on("upgrade", (incoming, socket) => {
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Proto: ${incoming.headers["x-forwarded-proto"]}\r\n\r\n`,
      );
      socket.pipe(socket);
    });
    const { url } = await world.secureListener(LoadBalancerArn, group);
    world.register(group, target);
    await world.reaches(target, "healthy");
    const ca = new CertificateAuthority(world.store, new SystemClock()).certificate;
    const echoed = await new Promise<string>((resolve, reject) => {
      const asked = httpsRequest(url, { ca, headers: { Connection: "Upgrade", Upgrade: "websocket" } });
      asked.on("upgrade", (answer, socket) => {
        socket.once("data", (data) => {
          resolve(`${answer.headers["x-proto"]} ${data}`);
          socket.destroy();
        });
        socket.write("hello");
      });
      asked.on("error", reject);
      asked.end();
    });
    expect(echoed).toBe("https hello");
  });

  it("needs a certificate, and keeps further ones", async () => {
    const LoadBalancerArn = await world.loadBalancer();
    const group = await world.targetGroup();
    const basis = { LoadBalancerArn, DefaultActions: [{ Type: "forward" as const, TargetGroupArn: group }] };
    await expect(world.ask("CreateListener", { ...basis, Port: 443, Protocol: "HTTPS" })).rejects.toThrow(
      "A certificate must be specified",
    );
    await expect(world.ask("CreateListener", { ...basis, Port: 80, Protocol: "HTTP", Certificates: [certificate("one")] })).rejects.toThrow(
      "only be specified for HTTPS",
    );
    await expect(
      world.ask("CreateListener", { ...basis, Port: 443, Protocol: "HTTPS", Certificates: [certificate("one")], SslPolicy: "none" }),
    ).rejects.toMatchObject({ name: "SSLPolicyNotFoundException" });
    const { Listeners } = await world.ask("CreateListener", { ...basis, Port: 443, Protocol: "HTTPS", Certificates: [certificate("one")] });
    const ListenerArn = Listeners![0]!.ListenerArn!;
    await world.ask("AddListenerCertificates", { ListenerArn, Certificates: [certificate("two")] });
    await world.ask("ModifyListener", { ListenerArn, Certificates: [certificate("three")] });
    const { Certificates } = await world.ask("DescribeListenerCertificates", { ListenerArn });
    expect(Certificates).toEqual([
      { ...certificate("three"), IsDefault: true },
      { ...certificate("two"), IsDefault: false },
    ]);
    await expect(world.ask("RemoveListenerCertificates", { ListenerArn, Certificates: [certificate("three")] })).rejects.toMatchObject({
      name: "OperationNotPermittedException",
    });
  });

  it("sets the response headers that its attributes say", async () => {
    const group = await world.targetGroup();
    const { arn, url } = await world.listener(await world.loadBalancer(), group);
    const target = await world.serve((_, response) => response.writeHead(200, { Server: "secret/1", "X-Frame-Options": "ALLOW" }).end());
    world.register(group, target);
    await world.reaches(target, "healthy");
    await world.ask("ModifyListenerAttributes", {
      ListenerArn: arn,
      Attributes: [
        { Key: "routing.http.response.server.enabled", Value: "false" },
        { Key: "routing.http.response.x_frame_options.header_value", Value: "DENY" },
      ],
    });
    const { headers } = await request(url);
    expect([headers.server, headers["x-frame-options"]]).toEqual([undefined, "DENY"]);
  });
});
