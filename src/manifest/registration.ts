/**
 * What an environment knows of a service that is deployed there, and which requests and priorities it has taken on a listener.
 * One judgement for both: services in the files given, and services that were deployed from elsewhere.
 */
import { isObject, parseJson } from "../kit/json.ts";
import type { ResolvedEnvironment, ResolvedService } from "./resolved.ts";
import { hasTestRule, listenerPriority, localListenerPort, pathPatterns, shardOf, testPriority } from "./routing.ts";
import { shiftsTraffic } from "./strategies.ts";

export interface Registration {
  readonly service: string;
  /** Host and path of the git remote it was deployed from: `github.com/acme/shop`. */
  readonly repository?: string | undefined;
  readonly pack?: string | undefined;
  /** `internal`, `public`, `public-2` of several, or `dedicated`; absent with a worker, which nobody sends requests to. */
  readonly loadBalancer?: string | undefined;
  /** What its rule answers; absent: every host. */
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  /**
   * `host/path` of each, where `overrides` let its rule answer something else than host and path say; what else the rule asks for
   * follows.
   */
  readonly requests?: readonly string[] | undefined;
  /** Of its rule among those of other services; absent where it shares the listener with none. */
  readonly priority?: number | undefined;
  /** Of the rule for test traffic, likewise. */
  readonly testPriority?: number | undefined;
  /** Of the listener it has for itself on `local`. */
  readonly listenerPort?: number | undefined;
  readonly url?: string | undefined;
}

/** What can be said of a service before it is deployed: all but its repository and its URL. */
export function registrationOf(definition: ResolvedService, environment: ResolvedEnvironment): Registration {
  const { name, metadata, service } = definition;
  const balancing = service.networking.loadBalancer;
  const who = { service: name, ...(metadata.pack === undefined ? {} : { pack: metadata.pack }) };
  if (balancing === undefined) return who;
  const { internal, dedicated, host, path } = balancing;
  const answers = { ...(host === undefined ? {} : { host }), path };
  if (dedicated) return { ...who, loadBalancer: "dedicated", ...answers };
  const kind = internal ? "internal" : "public";
  const shard = shardOf(name, environment.loadBalancers[kind]?.shards ?? 1);
  const balancer = { loadBalancer: shard === 1 ? kind : `${kind}-${shard}`, ...answers };
  // On `local` a service answers to a port and a host of its own.
  const routing = environment.local ? { ...balancing, host: host ?? `${name}.localhost` } : balancing;
  const shifts = shiftsTraffic(service.deployment.strategy);
  const priorities =
    environment.local && shifts
      ? {}
      : {
          priority: listenerPriority(name, routing),
          ...(hasTestRule(definition) ? { testPriority: testPriority(name, routing) } : {}),
        };
  return { ...who, ...balancer, ...priorities, ...(environment.local ? { listenerPort: localListenerPort(name) } : {}) };
}

/** Something that two services cannot both have. */
export interface Collision {
  readonly kind: "requests" | "priority";
  /** Who has it. */
  readonly other: Registration;
  /** `items and shop both answer every host/* on the internal load balancer of prod` */
  readonly message: string;
  readonly hint: string;
}

/** What services have taken on the listeners of one environment, each judged against those before it. */
export class ListenerClaims {
  readonly #environment: string;
  readonly #taken = new Map<string, Registration>();

  /** `environment`: its name, for messages. */
  constructor(environment: string) {
    this.#environment = environment;
  }

  /** What of the service's claims another has; what is free is this one's from now on. */
  claim(one: Registration): readonly Collision[] {
    const { service, loadBalancer = "", priority, testPriority: before } = one;
    const kind = loadBalancer.replace(/-\d+$/, "");
    const requests = claimedRequests(one).map((request) => ({ request, other: this.#take(`${loadBalancer} ${request}`, one) }));
    const conflict = requests.find(({ other }) => other !== undefined);
    if (conflict?.other !== undefined) {
      const { request, other } = conflict;
      const message = `${service} and ${other.service} both answer ${request.replace(/^\*/, "every host")} on the ${kind} load balancer of ${this.#environment}`;
      return [{ kind: "requests", other, message, hint: "give one of them another path or host" }];
    }
    const collisions: Collision[] = [];
    const rival = priority === undefined ? undefined : this.#take(`${loadBalancer} priority ${priority}`, one);
    if (rival !== undefined) {
      const message = `${service} and ${rival.service} both get priority ${priority} on the ${kind} load balancer`;
      collisions.push({ kind: "priority", other: rival, message, hint: "set loadBalancer.priority of one of them" });
    }
    const blocked = before === undefined ? undefined : this.#take(`${loadBalancer} priority ${before}`, one);
    if (blocked !== undefined) {
      collisions.push({
        kind: "priority",
        other: blocked,
        message: `the rule for test traffic of ${service} gets priority ${before}, which ${blocked.service} has on the ${kind} load balancer`,
        hint: "set loadBalancer.priority of one of them; that of a service with test traffic is 2 or more",
      });
    }
    return collisions;
  }

  #take(key: string, one: Registration): Registration | undefined {
    const other = this.#taken.get(key);
    if (other === undefined) this.#taken.set(key, one);
    return other;
  }
}

/** `port 23456` on `local`, else hosts with paths; nothing where the listener is the service's own. */
function claimedRequests({ listenerPort, priority, host = "*", path, requests }: Registration): readonly string[] {
  if (listenerPort !== undefined) return [`port ${listenerPort}`];
  if (requests !== undefined) return requests.flatMap((one) => (/^[^/]*\/\*$/.test(one) ? [one, one.slice(0, -1)] : [one]));
  if (priority === undefined || path === undefined) return [];
  // `/*` takes requests for `/` as well, so whoever names only that would get them by chance.
  const patterns = path === "/*" ? ["/*", "/"] : pathPatterns(path);
  return patterns.map((pattern) => `${host.toLowerCase()}${pattern}`);
}

/** `every host/* (priority 39601) on the load balancer internal`: its rule, for a person. */
export function ruleText({ loadBalancer, host = "every host", path = "", requests, priority, listenerPort }: Registration): string {
  const numbers = [
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(listenerPort === undefined ? [] : [`port ${listenerPort}`]),
  ];
  const answers = requests?.map((request) => request.replace(/^\*/, "every host")).join(", ") ?? `${host}${path}`;
  return `${answers}${numbers.length === 0 ? "" : ` (${numbers.join(", ")})`} on the load balancer ${loadBalancer}`;
}

/**
 * A record of the registry read back. Undefined: it is none. What is in it beyond what is known here comes from a later version and
 * is left alone.
 */
export function parseRegistration(text: string): Registration | undefined {
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { service, repository, pack, loadBalancer, host, path, requests, priority, testPriority: before, listenerPort, url } = value;
  if (typeof service !== "string") return undefined;
  const word = (given: unknown): string | undefined => (typeof given === "string" && given !== "" ? given : undefined);
  const number = (given: unknown): number | undefined => (typeof given === "number" ? given : undefined);
  return {
    service,
    repository: word(repository),
    pack: word(pack),
    loadBalancer: word(loadBalancer),
    host: word(host),
    path: word(path),
    ...(Array.isArray(requests) && requests.every((one) => typeof one === "string") ? { requests } : {}),
    priority: number(priority),
    testPriority: number(before),
    listenerPort: number(listenerPort),
    url: word(url),
  };
}
