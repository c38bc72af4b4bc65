/**
 * The process that lives inside the platform's private network: it keeps that network alive, wires tasks to its
 * bridge, and opens sockets there for the platform, to which it passes them. It is a program of its own
 * (`dist/namespace-host.cjs`), started inside its namespaces by `NamespaceHolder`; it ends with the platform.
 */
import { spawn } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { closeSync, openSync, readlinkSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import {
  BRIDGE,
  ENDPOINT_ADDRESS,
  HOST_ADDRESS,
  type NamespaceAnswer,
  type NamespaceRequest,
  RESOLVER_ADDRESS,
} from "./namespace-protocol.ts";

const connecting = new Map<number, Socket>();

function answer(message: NamespaceAnswer, handle?: Socket | Server | UdpSocket, sent?: () => void): void {
  // A send fails only when the platform is gone, and then this process ends anyway.
  process.send?.(message, handle, {}, () => sent?.());
}

function fail(id: number, error: NodeJS.ErrnoException): void {
  answer({ id, ok: false, code: error.code ?? "EIO", message: error.message });
}

/** Runs a program to its end, with `input` on its standard input. */
function run(command: string, args: readonly string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "ignore", "pipe"] });
    let errors = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.stdin.on("error", () => {}); // The exit code tells.
    child.stdin.end(input);
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`${command}: ${errors.trim() || `exit ${code}`}`))));
  });
}

const ip = (lines: readonly string[]): Promise<void> => run("ip", ["-batch", "-"], `${lines.join("\n")}\n`);

/** A network namespace without a name: made by a short-lived process, kept by the descriptor this process holds. */
function makeNamespace(batch: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const script = 'printf "%s\\n" "$1" | ip -batch - && echo made && read end';
    const child = spawn("unshare", ["-n", "sh", "-c", script, "sh", batch.join("\n").replaceAll("$HOST", String(process.pid))]);
    let errors = "";
    let descriptor: number | undefined;
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.stdout.once("data", () => {
      descriptor = openSync(`/proc/${child.pid}/ns/net`, "r");
      child.stdin.end();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (descriptor === undefined) reject(new Error(`network namespace: ${errors.trim() || `exit ${code}`}`));
      else resolve(descriptor);
    });
  });
}

function connectInside(id: number, host: string, port: number): void {
  const socket = new Socket();
  // Paused, so that not a byte is read here that belongs to the platform.
  socket.pause();
  connecting.set(id, socket);
  socket.once("error", (error) => {
    if (connecting.delete(id)) fail(id, error);
  });
  socket.once("connect", () => {
    if (connecting.delete(id)) answer({ id, ok: true }, socket);
  });
  socket.connect(port, host);
}

function listenInside(id: number, host: string, port: number): void {
  const server = createServer();
  server.once("error", (error) => fail(id, error));
  // Its own copy is closed once the platform has its: two listeners would share the connections out.
  server.listen({ host, port, backlog: 1024 }, () => answer({ id, ok: true }, server, () => server.close()));
}

function bindInside(id: number, host: string, port: number): void {
  const socket = createSocket("udp4");
  socket.once("error", (error) => fail(id, error));
  socket.bind({ address: host, port }, () => answer({ id, ok: true }, socket, () => socket.close()));
}

const ruled = new Set<string>();
/** Whether this kernel has the rules by which addresses outside are taken in; without them a task reaches only the bridge. */
let takesOutside = false;

/** The order of the rules matters: the bridge's own addresses, then what is on the bridge, then everything else (see below). */
async function addSubnet(router: string, vpcCidrBlock: string): Promise<void> {
  const rules = [`pref 4 to ${router.split("/")[0]} lookup local`, `pref 5 to ${vpcCidrBlock} lookup main`].filter(
    (rule) => !ruled.has(rule),
  );
  // Noted before the wait: two subnets of one VPC are added side by side, and a rule cannot be added twice.
  if (takesOutside) for (const rule of rules) ruled.add(rule);
  await ip([`address replace ${router} dev ${BRIDGE}`, ...(takesOutside ? rules.map((rule) => `rule add ${rule}`) : [])]);
}

async function carryOut(request: NamespaceRequest): Promise<void> {
  switch (request.do) {
    case "add-subnet":
      await addSubnet(request.router, request.vpcCidrBlock);
      return answer({ id: request.id, ok: true });
    case "attach": {
      const descriptor = await makeNamespace(request.batch);
      await ip([`link set ${request.link} master ${BRIDGE} up`]);
      return answer({ id: request.id, ok: true, descriptor });
    }
    case "detach":
      closeSync(request.descriptor);
      return answer({ id: request.id, ok: true });
    case "connect":
      return connectInside(request.id, request.host, request.port);
    case "abandon":
      connecting.get(request.id)?.destroy();
      connecting.delete(request.id);
      return;
    case "listen":
      return listenInside(request.id, request.host, request.port);
    case "bind":
      return bindInside(request.id, request.host, request.port);
  }
}

process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => {}); // Ctrl-C in a terminal is the platform's to handle.
process.on("message", (request: NamespaceRequest) => {
  carryOut(request).catch((error: NodeJS.ErrnoException) => fail(request.id, error));
});

// Everything below changes a network. It must never be the machine's own, which the platform names.
if (process.argv[2] === undefined || readlinkSync("/proc/self/ns/net") === process.argv[2]) {
  process.stderr.write("not in a network namespace of its own\n");
  process.exit(1);
}
ip([
  "link set lo up",
  // A bridge that learns for 15 s before it forwards would delay the first task.
  `link add ${BRIDGE} type bridge forward_delay 0`,
  `address add ${ENDPOINT_ADDRESS}/32 dev ${BRIDGE}`,
  `address add ${RESOLVER_ADDRESS}/32 dev ${BRIDGE}`,
  `link set ${BRIDGE} up`,
])
  // Whatever a task sends to an address that is not on the bridge is taken as if it were sent to this process: the
  // platform listens here on the ports it carries outside, and learns the address from the connection.
  .then(() =>
    ip(["rule add pref 10 lookup local", "rule del pref 0", "route add local 0.0.0.0/0 dev lo table local"]).then(
      () => {
        takesOutside = true;
      },
      () => ip([`address replace ${HOST_ADDRESS}/32 dev ${BRIDGE}`]),
    ),
  )
  .then(
    () => answer({ ready: true }),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
