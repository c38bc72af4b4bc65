/**
 * A load balancer with its provider and data plane, real HTTP servers on loopback in the place of tasks, and a dialer
 * that finds them by the addresses tasks would have. Everything it opened is closed by `close`.
 */
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Server, type Socket } from "node:net";
import type { Target, TargetEvent } from "../../src/controller/ports.ts";
import { type Clock, SystemClock } from "../../src/kit/clock.ts";
import { RandomIds } from "../../src/kit/ids.ts";
import type { Call, OperationInput, OperationName, OperationOutput } from "../../src/platform/gateway/operations.ts";
import { LibsqlStore } from "../../src/platform/persistence/libsql-store.ts";
import { seal as knownSeal } from "../../src/platform/persistence/seal.testing.ts";
import type { Seal } from "../../src/platform/persistence/seal.ts";
import type { Store } from "../../src/platform/persistence/store.ts";
import type { Dialer } from "../../src/platform/runtime/dialer.ts";
import { LoadBalancing } from "../../src/platform/services/elastic-load-balancing-v2/load-balancing.ts";
import { elasticLoadBalancingV2Provider } from "../../src/platform/services/elastic-load-balancing-v2/provider.ts";
import { timeScale } from "../../src/platform/time-scale.ts";

type Elb = "elastic-load-balancing-v2";

/** Of a listener or rule, as a request has it. */
export type Action = NonNullable<OperationInput<Elb, "CreateListener">["DefaultActions"]>[number];

/** A listener that forwards to one healthy target. */
export interface Serving {
  readonly balancer: string;
  readonly listener: string;
  readonly url: string;
  readonly group: string;
  readonly target: Served;
}

/** A program that serves: a real server, known by a task's address. */
export interface Served extends Target {
  readonly server: Server;
  readonly sockets: ReadonlySet<Socket>;
  /** As a killed process: every connection is reset, nothing listens any more. */
  kill(): void;
}

export interface Recorded {
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface WorldOptions {
  readonly store?: Store;
  readonly clock?: Clock;
  readonly speed?: number;
  readonly served?: Map<string, number>;
  /** Time of connections and requests. */
  readonly wallClock?: Clock;
  readonly seal?: Seal;
}

export class BalancedWorld {
  readonly store: Store;
  readonly events: TargetEvent[] = [];
  readonly metrics: Recorded[] = [];
  readonly defects: unknown[] = [];
  readonly loadBalancing: LoadBalancing;
  readonly served: Map<string, number>;
  readonly #provider: ReturnType<typeof elasticLoadBalancingV2Provider>;
  readonly #servers: Served[] = [];
  readonly #waiting = new Set<() => void>();
  #nextAddress = 10;
  #ended = false;

  constructor({
    store = new LibsqlStore(":memory:"),
    clock = new SystemClock(),
    speed = 10,
    served = new Map(),
    wallClock = new SystemClock(),
    seal = knownSeal,
  }: WorldOptions = {}) {
    this.store = store;
    this.served = served;
    this.loadBalancing = new LoadBalancing({
      store,
      clock,
      wallClock,
      ids: new RandomIds(),
      dialer: this.dialer,
      scale: timeScale(speed),
      metrics: { record: (_region, _namespace, name, dimensions, value) => this.metrics.push({ name, dimensions, value }) },
      emit: (event) => {
        this.events.push(event);
        for (const look of this.#waiting) look();
      },
      seal,
      report: (defect) => this.defects.push(defect),
      host: "127.0.0.1",
    });
    this.#provider = elasticLoadBalancingV2Provider({
      loadBalancing: this.loadBalancing,
      clock: new SystemClock(),
      ids: new RandomIds(),
      call: subnetsOfOneVpc,
    });
  }

  /** An address whose connections are never taken: dialling it takes as long as it may. */
  static readonly silent: Target = { ip: "10.0.2.1", port: 8080 };

  /** Addresses that cannot be dialled, because this machine has no file descriptor or no port left. */
  static readonly beyondReach = {
    EMFILE: { ip: "10.0.2.2", port: 8080 },
    EADDRNOTAVAIL: { ip: "10.0.2.3", port: 8080 },
  } satisfies Record<string, Target>;

  readonly dialer: Dialer = {
    connect: ({ ip, port }) =>
      new Promise((resolve, reject) => {
        if (ip === BalancedWorld.silent.ip) {
          reject(Object.assign(new Error(`connect ETIMEDOUT ${ip}:${port}`), { code: "ETIMEDOUT" }));
          return;
        }
        for (const [code, unreachable] of Object.entries(BalancedWorld.beyondReach)) {
          if (ip !== unreachable.ip) continue;
          reject(Object.assign(new Error(`connect ${code}`), { code }));
          return;
        }
        const local = this.served.get(`${ip}:${port}`);
        if (local === undefined) {
          reject(Object.assign(new Error(`connect ECONNREFUSED ${ip}:${port}`), { code: "ECONNREFUSED" }));
          return;
        }
        const socket = connect({ host: "127.0.0.1", port: local, noDelay: true });
        socket.once("connect", () => {
          socket.removeAllListeners("error");
          resolve(socket);
        });
        socket.once("error", reject);
      }),
  };

  async ask<Operation extends OperationName<Elb>>(
    operation: Operation,
    input: OperationInput<Elb, Operation>,
  ): Promise<OperationOutput<Elb, Operation>> {
    const handler = this.#provider.operations[operation];
    if (handler === undefined) throw new Error(`no such operation: ${operation}`);
    return handler(input, { account: "000000000000", region: "us-east-1", requestId: "test" });
  }

  /** A program that answers with `handler`; it is not registered anywhere yet. */
  serve(handler: RequestListener): Promise<Served> {
    // As much as a load balancer passes on.
    return this.place(createServer({ maxHeaderSize: 64 * 1024 }, handler));
  }

  /** Gives a server of any kind the address of a task. */
  async place(server: Server): Promise<Served> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const target = { ip: `10.0.1.${this.#nextAddress++}`, port: 8080 };
    this.served.set(`${target.ip}:${target.port}`, (server.address() as AddressInfo).port);
    const kill = (): void => {
      for (const socket of sockets) socket.resetAndDestroy();
      server.close();
    };
    const served = { ...target, server, sockets, kill };
    this.#servers.push(served);
    return served;
  }

  async loadBalancer(name = "web"): Promise<string> {
    const { LoadBalancers } = await this.ask("CreateLoadBalancer", { Name: name, Subnets: ["subnet-a", "subnet-b"] });
    return LoadBalancers![0]!.LoadBalancerArn!;
  }

  async targetGroup(name = "tasks", settings: Partial<OperationInput<Elb, "CreateTargetGroup">> = {}): Promise<string> {
    const { TargetGroups } = await this.ask("CreateTargetGroup", {
      Name: name,
      Port: 8080,
      Protocol: "HTTP",
      VpcId: "vpc-1",
      TargetType: "ip",
      HealthCheckIntervalSeconds: 5,
      HealthCheckTimeoutSeconds: 2,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 2,
      HealthCheckPath: "/health",
      ...settings,
    });
    return TargetGroups![0]!.TargetGroupArn!;
  }

  /** A listener that forwards to the group; answers its ARN and its URL. */
  async listener(loadBalancerArn: string, targetGroupArn: string, port = 80): Promise<{ arn: string; url: string }> {
    const { Listeners } = await this.ask("CreateListener", {
      LoadBalancerArn: loadBalancerArn,
      Port: port,
      Protocol: "HTTP",
      DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
    });
    const arn = Listeners![0]!.ListenerArn!;
    return { arn, url: `http://127.0.0.1:${this.loadBalancing.hostPort(arn)}` };
  }

  /** An HTTPS listener that forwards to the group; its URL is one of this machine. */
  async secureListener(loadBalancerArn: string, targetGroupArn: string): Promise<{ arn: string; url: string }> {
    const { Listeners } = await this.ask("CreateListener", {
      LoadBalancerArn: loadBalancerArn,
      Port: 443,
      Protocol: "HTTPS",
      Certificates: [{ CertificateArn: "arn:aws:acm:us-east-1:000000000000:certificate/one" }],
      DefaultActions: [{ Type: "forward", TargetGroupArn: targetGroupArn }],
    });
    const arn = Listeners![0]!.ListenerArn!;
    return { arn, url: `https://127.0.0.1:${this.loadBalancing.hostPort(arn)}` };
  }

  /** A load balancer with one healthy target that answers with `handler`. */
  async serving(handler: RequestListener): Promise<Serving> {
    const balancer = await this.loadBalancer();
    const group = await this.targetGroup();
    const { url, arn: listener } = await this.listener(balancer, group);
    const target = await this.serve((incoming, response) => {
      if (incoming.url === "/health") response.end();
      else handler(incoming, response);
    });
    this.register(group, target);
    await this.reaches(target, "healthy");
    return { balancer, listener, url, group, target };
  }

  setIdleTimeout(loadBalancerArn: string, seconds: number): Promise<unknown> {
    return this.ask("ModifyLoadBalancerAttributes", {
      LoadBalancerArn: loadBalancerArn,
      Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: String(seconds) }],
    });
  }

  async register(targetGroupArn: string, { ip, port }: Target): Promise<void> {
    this.loadBalancing.register(targetGroupArn, { ip, port });
  }

  /** Resolves with the event that says the target is in `state`; at once when the last one does. */
  reaches({ ip, port }: Target, state: TargetEvent["state"]): Promise<TargetEvent> {
    return new Promise((resolve) => {
      const look = (): void => {
        const last = this.events.findLast(({ target }) => target.ip === ip && target.port === port);
        if (last?.state !== state) return;
        this.#waiting.delete(look);
        resolve(last);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The platform ends; the programs go on. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.loadBalancing.close();
    this.store.close();
  }

  async close(): Promise<void> {
    await this.end();
    for (const { kill } of this.#servers) kill();
  }
}

/** All that the load balancer asks of EC2. */
const subnetsOfOneVpc: Call = (async (_service: string, operation: string, input: { Filters?: { Values?: string[] }[] }) => {
  if (operation === "DescribeSubnets") {
    const asked = input.Filters?.[0]?.Values ?? [];
    return {
      Subnets: ["a", "b", "c"].flatMap((zone) => {
        const SubnetId = `subnet-${zone}`;
        return asked.includes(SubnetId) ? [{ SubnetId, VpcId: "vpc-1", AvailabilityZone: `us-east-1${zone}` }] : [];
      }),
    };
  }
  return { SecurityGroups: [{ GroupId: "sg-1", VpcId: "vpc-1" }] };
}) as Call;
