/**
 * The process that lives inside the platform's private network: it keeps that network alive, wires tasks to its
 * bridge, and opens sockets there for the platform, to which it passes them. It is a program of its own
 * (`dist/namespace-host.cjs`), started inside its namespaces by `NamespaceHolder`; it ends with the platform.
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { closeSync, openSync, readlinkSync } from "node:fs";
import { createServer, type Server, Socket } from "node:net";
import { ALIAS_RANGE } from "./alias-addresses.ts";
import {
  BRIDGE,
  ENDPOINT_ADDRESS,
  HOST_ADDRESS,
  type NamespaceAnswer,
  type NamespaceRequest,
  RESOLVER_ADDRESS,
} from "./namespace-protocol.ts";
import { Spares } from "./spares.ts";

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

/**
 * A network namespace without a name, its `eth0` plugged into the bridge. It is kept by the descriptor, and by an `ip`
 * inside it that waits for commands: what a task adds to it, its addresses and routes, costs no new process.
 */
interface Plug {
  readonly descriptor: number;
  /** Has the waiting `ip` carry out these lines and end. Call once; a namespace for which it fails is given up. */
  configure(batch: readonly string[]): Promise<void>;
  giveUp(): void;
}

let lastLink = 0;

async function makePlug(): Promise<Plug> {
  const inside = spawn("unshare", ["-n", "sh", "-c", "echo made && exec ip -batch -"], {
    // Through the last one, unused, the platform sees that nothing of this process is left (see `NamespaceHolder.close`).
    stdio: ["pipe", "pipe", "pipe", 2],
  }) as ChildProcessWithoutNullStreams;
  let errors = "";
  inside.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  inside.stdin.on("error", () => {}); // Its end tells.
  const ended = new Promise<void>((resolve, reject) => {
    inside.once("error", reject);
    inside.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`network namespace: ${errors.trim() || `exit ${code}`}`))));
  });
  const early = ended.then(() => {
    throw new Error("network namespace: it ended before it was used");
  });
  early.catch(() => {}); // Whoever uses the namespace is told.
  await Promise.race([new Promise((resolve) => inside.stdout.once("data", resolve)), early]);
  const descriptor = openSync(`/proc/${inside.pid}/ns/net`, "r");
  const giveUp = (): void => {
    inside.kill("SIGKILL");
    closeSync(descriptor);
  };
  const link = `fsdv${(++lastLink).toString(36)}`;
  try {
    // Both ends in one step; the far end is born in the new namespace.
    await ip([`link add ${link} type veth peer name eth0 netns ${inside.pid}`, `link set ${link} master ${BRIDGE} up`]);
  } catch (error) {
    giveUp();
    throw error;
  }
  inside.stdin.write("link set lo up\nlink set eth0 up\n");
  return {
    descriptor,
    giveUp,
    async configure(batch) {
      inside.stdin.end(`${batch.join("\n")}\n`);
      try {
        await ended;
      } catch (error) {
        giveUp();
        throw error;
      }
    },
  };
}

const plugs = new Spares(makePlug, { count: 2, quietMs: 1_000 });

/** A task's namespace: one made in advance, or where that one has come to grief, a new one. */
async function plugIn(batch: readonly string[]): Promise<number> {
  const spare = plugs.take();
  if (spare !== undefined) {
    try {
      await spare.configure(batch);
      return spare.descriptor;
    } catch {
      // The new one meets the same trouble, or none.
    }
  }
  const plug = await makePlug();
  await plug.configure(batch);
  return plug.descriptor;
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
    case "expect-tasks":
      await plugs.expect();
      return answer({ id: request.id, ok: true });
    case "attach":
      return answer({ id: request.id, ok: true, descriptor: await plugIn(request.batch) });
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
  `route add local ${ALIAS_RANGE} dev lo table local`,
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
