/**
 * The platform's doors in the tasks' private network. It listens on the ports it serves there for every address: at
 * 169.254.170.2 answer the gateway and the task agent, at 169.254.170.1 the machine's own services, and a connection to any other
 * address is carried to it by the machine itself (what the NAT gateway of a VPC is for). Only TCP, and outside only on the ports below.
 */
import { connect, type Server, type Socket } from "node:net";
import type { ClientAlias } from "../../model/task-launch.ts";
import { aliasAddresses, isAliasAddress } from "./alias-addresses.ts";
import type { ConnectDoor } from "./connect-door.ts";
import { listenersOnHost } from "./listening-ports.ts";
import type { NamespaceHolder } from "./namespace-holder.ts";
import { ENDPOINT_ADDRESS, HOST_ADDRESS } from "./namespace-protocol.ts";

export type Dial = (host: string, port: number) => Socket;

export interface DoorKeepers {
  readonly agent: (socket: Socket) => void;
  readonly gateway: { readonly port: number; accept(socket: Socket): void };
  readonly dial?: Dial;
  /** Ports on which this machine answers at 127.0.0.1. */
  readonly hostPorts?: () => Promise<readonly number[]>;
  /** Absent where no task has client aliases. */
  readonly serviceConnect?: ConnectDoor;
}

const AGENT_PORT = 80;

/** Ports carried outside: web, mail, databases, caches, brokers, telemetry, SSH. Each costs a listener. */
const OUTSIDE_PORTS: ReadonlySet<number> = new Set([
  80, 443, 8080, 8443, 22, 25, 465, 587, 1433, 1521, 3306, 5432, 5439, 6379, 6380, 11211, 27017, 9042, 9200, 5671, 5672, 1883, 8883, 9092,
  9094, 9096, 9098, 61617, 4317, 4318,
]);

/** How many of the machine's own listeners are offered to tasks. */
const MOST_HOST_PORTS = 200;

export class NetworkDoors {
  readonly #holder: Pick<NamespaceHolder, "listen">;
  readonly #keepers: DoorKeepers;
  readonly #servers = new Map<number, Promise<Server>>();
  /** Connections of each task, by its address. */
  readonly #connections = new Map<string, Set<Socket>>();
  /** Endpoints by a task's address, and by `<alias address>:<port>` there. */
  readonly #aliases = new Map<string, ReadonlyMap<string, string>>();
  #closed = false;
  #look: Promise<void> | undefined;
  #nextLook: Promise<void> | undefined;

  constructor(holder: Pick<NamespaceHolder, "listen">, keepers: DoorKeepers) {
    this.#holder = holder;
    this.#keepers = keepers;
  }

  /** Opens the gateway and the task agent. */
  async open(): Promise<void> {
    await Promise.all([AGENT_PORT, this.#keepers.gateway.port].map((port) => this.#listen(port)));
  }

  /** Begins to open the ports outside. Listeners come through the helper one by one, and what it is asked meanwhile waits for them. */
  openOutside(): void {
    // A port that cannot be opened is refused to tasks; nothing else depends on it.
    void Promise.allSettled([...OUTSIDE_PORTS].map((port) => this.#listen(port)));
  }

  /**
   * Offers tasks what listens on this machine now. Called when a task asks for the machine's name, which it does for every
   * connection: whoever asks during a look is answered by the next one, however many they are. A look for each of a hundred
   * connections at once would keep the platform from its other work for longer than a task's resolver waits.
   */
  mirrorHost(): Promise<void> {
    if (this.#look === undefined) {
      this.#look = this.#lookAtHost().finally(() => {
        this.#look = undefined;
      });
      return this.#look;
    }
    this.#nextLook ??= this.#look.then(() => {
      this.#nextLook = undefined;
      return this.mirrorHost();
    });
    return this.#nextLook;
  }

  async #lookAtHost(): Promise<void> {
    const ports = await (this.#keepers.hostPorts ?? listenersOnHost)();
    await Promise.allSettled(ports.slice(0, MOST_HOST_PORTS).map((port) => this.#listen(port)));
  }

  /** Opens what the task of this address may call by Service Connect's names. */
  async enter(address: string, aliases: readonly ClientAlias[]): Promise<void> {
    const addresses = aliasAddresses(aliases);
    this.#aliases.set(
      address,
      new Map(aliases.map(({ dnsName, port, endpoint }) => [`${addresses.get(dnsName) ?? ""}:${port}`, endpoint])),
    );
    await Promise.all([...new Set(aliases.map(({ port }) => port))].map((port) => this.#listen(port)));
  }

  /**
   * The task of this address is gone: so are its connections. Its kernel says so to the other side, but not always in
   * time, for its last packet may die with its interface; and who is not told goes on serving a client that is no more,
   * a queue by handing it messages.
   */
  leave(address: string): void {
    if (this.#aliases.delete(address)) this.#keepers.serviceConnect?.left(address);
    for (const socket of this.#connections.get(address) ?? []) socket.destroy();
  }

  close(): void {
    this.#closed = true;
    for (const opening of this.#servers.values()) {
      opening.then(
        (server) => server.close(),
        () => {}, // It was never open.
      );
    }
  }

  #listen(port: number): Promise<Server> {
    let opening = this.#servers.get(port);
    if (opening === undefined && !this.#closed) {
      opening = this.#holder.listen("0.0.0.0", port).then((server) => server.on("connection", (socket) => this.#accept(socket, port)));
      this.#servers.set(port, opening);
      opening.catch(() => this.#servers.delete(port));
    }
    return opening ?? Promise.reject(new Error("the tasks' network is closed"));
  }

  #note(socket: Socket): void {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) return;
    const connections = this.#connections.get(remoteAddress) ?? new Set();
    this.#connections.set(remoteAddress, connections.add(socket));
    socket.once("close", () => {
      connections.delete(socket);
      if (connections.size === 0 && this.#connections.get(remoteAddress) === connections) this.#connections.delete(remoteAddress);
    });
  }

  #accept(socket: Socket, port: number): void {
    this.#note(socket);
    const address = socket.localAddress;
    const { agent, gateway, dial = (host, at) => connect({ host, port: at, noDelay: true }) } = this.#keepers;
    if (address === ENDPOINT_ADDRESS && port === AGENT_PORT) agent(socket);
    else if (address === ENDPOINT_ADDRESS && port === gateway.port) gateway.accept(socket);
    else if (address === HOST_ADDRESS) carry(socket, dial("127.0.0.1", port));
    else if (isAliasAddress(address)) this.#connect(socket, `${address}:${port}`);
    // Link-local addresses end here: a cloud machine's own metadata (169.254.169.254) would hand its credentials to the task.
    else if (address === undefined || address.startsWith("169.254.")) socket.destroy();
    // Listened on for the machine, an alias or the gateway, the port is open here alone.
    else if (OUTSIDE_PORTS.has(port)) carry(socket, dial(address, port));
    else socket.resetAndDestroy();
  }

  #connect(socket: Socket, alias: string): void {
    const client = socket.remoteAddress ?? "";
    const endpoint = this.#aliases.get(client)?.get(alias);
    if (endpoint === undefined || this.#keepers.serviceConnect === undefined) socket.resetAndDestroy();
    else this.#keepers.serviceConnect.accept(socket, client, endpoint);
  }
}

/** Joins two connections: what ends or breaks on one side ends on the other. */
function carry(inside: Socket, outside: Socket): void {
  inside.setNoDelay(true);
  inside.pipe(outside);
  outside.pipe(inside);
  for (const [one, other] of [
    [inside, outside],
    [outside, inside],
  ] as const) {
    one.once("error", () => other.resetAndDestroy());
    one.once("close", () => other.destroy());
  }
}
