/** What a rolling update does with connections that last: an upload and a download in the middle, and a websocket. */
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Socket } from "node:net";
import { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serviceFiles } from "../support/service.ts";
import { eventually, World } from "../support/world.ts";

const DOWNLOAD_BYTES = 64 * 1024 * 1024;

/** `/` says its version, `/upload` the bytes it got, `/download` sends many; a websocket (its handshake only) sends back what it gets. */
const program = (version: string): string => `
const server = require("node:http").createServer(async (request, response) => {
  response.setHeader("x-version", "${version}");
  if (request.url === "/download") {
    const chunk = Buffer.alloc(65536, "${version}");
    let left = ${DOWNLOAD_BYTES};
    const more = () => {
      while (left > 0) {
        left -= chunk.length;
        if (!response.write(chunk)) return response.once("drain", more);
      }
      response.end();
    };
    return more();
  }
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(JSON.stringify({ version: "${version}", bytes }));
});
const open = new Set();
server.on("upgrade", (request, socket) => {
  socket.write("HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nX-Version: ${version}\\r\\n\\r\\n");
  open.add(socket);
  socket.pipe(socket);
  socket.on("error", () => {}).on("close", () => { open.delete(socket); console.log("websocket closed"); });
});
server.listen(8000);
process.on("SIGTERM", () => { console.log("told to stop, websockets open: " + open.size); process.exit(0); });
`;

describe("connections that outlast the start of a rolling update", () => {
  const world = new World();
  let balancer: ElasticLoadBalancingV2;
  beforeAll(async () => {
    const { endpoint } = await world.up();
    balancer = new ElasticLoadBalancingV2({ endpoint, region: "us-east-1", credentials: { accessKeyId: "test", secretAccessKey: "test" } });
  });
  afterAll(async () => {
    balancer.destroy();
    await world.end();
  });

  it("are served by the old version while it drains; what lasts longer is closed at the deregistration delay, and only then the task is stopped", async () => {
    const write = (version: string): string => {
      // 120 s are 12 s at the platform's usual speed.
      const files = serviceFiles("lasting", { version, count: 1, deregistrationDelay: 120 });
      return world.write("lasting", { ...files, "server.js": program(version) });
    };
    const first = await world.fsd("deploy", "-f", write("1"), "--yes");
    expect(first).toExitWith(0);
    const { url } = await world.status("lasting");
    const version = async (): Promise<string> => ((await (await fetch(url)).json()) as { version: string }).version;

    const upload = request(`${url}/upload`, { method: "POST" });
    const uploaded = answerTo(upload);
    upload.write(Buffer.alloc(100_000));
    const download = await answerTo(request(`${url}/download`).end());
    const socket = await websocket(url);
    expect([download.headers["x-version"], socket.version]).toEqual(["1", "1"]);
    let closed = false;
    socket.connection.on("close", () => {
      closed = true;
    });

    const second = world.fsd("deploy", "-f", write("2"), "--yes");
    await eventually("the old task drains", async () => {
      const { TargetGroups = [] } = await balancer.describeTargetGroups({});
      const groups = TargetGroups.map(({ TargetGroupArn }) => balancer.describeTargetHealth({ TargetGroupArn }));
      const states = (await Promise.all(groups)).flatMap(({ TargetHealthDescriptions = [] }) => TargetHealthDescriptions);
      return states.some(({ TargetHealth }) => TargetHealth?.State === "draining");
    });
    expect(await version()).toBe("2");
    const newSocket = await websocket(url);
    expect(newSocket.version).toBe("2");

    // The old one still gets what its clients go on to send, and they what it goes on to send.
    upload.end(Buffer.alloc(50_000));
    const answer = await uploaded;
    expect(JSON.parse(await textOf(answer))).toEqual({ version: "1", bytes: 150_000 });
    let bytes = 0;
    for await (const chunk of download) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(DOWNLOAD_BYTES);
    expect(await socket.echo("still there?")).toBe("still there?");
    expect(closed).toBe(false);

    const outcome = await second;
    expect(outcome).toExitWith(0);
    await eventually("the websocket is closed", async () => closed);
    expect(await newSocket.echo("and you?")).toBe("and you?");
    // The load balancer has let go of the connection before ECS asked the task to stop.
    const said = await eventually("the old task is told to stop", async () => {
      const { stdout } = await world.fsd("logs", "lasting", "--output", "json");
      const lines = stdout
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { message: string }).message);
      return lines.some((line) => line.startsWith("told to stop")) && lines;
    });
    expect(said).toEqual(["websocket closed", "told to stop, websockets open: 0"]);
    newSocket.connection.destroy();
  });
});

function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    asked.on("error", reject).on("response", resolve);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of answer) text += chunk;
  return text;
}

interface WebSocketConnection {
  readonly version: string | undefined;
  readonly connection: Socket;
  echo(text: string): Promise<string>;
}

/** The handshake is a websocket's; what goes through afterwards are plain bytes, which the load balancer does not look into. */
async function websocket(url: string): Promise<WebSocketConnection> {
  const asked = request(url, { headers: { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13" } }).end();
  const [answer, connection] = (await once(asked, "upgrade")) as [IncomingMessage, Socket];
  connection.on("error", () => undefined);
  return {
    version: answer.headers["x-version"] as string | undefined,
    connection,
    echo: async (text) => {
      connection.write(text);
      const [bytes] = (await once(connection, "data")) as [Buffer];
      return bytes.toString();
    },
  };
}
