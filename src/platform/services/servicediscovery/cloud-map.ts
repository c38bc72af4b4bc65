/**
 * The records of AWS Cloud Map and what can be asked of them without its API: names resolve for tasks, and the
 * scheduler keeps its instances here. Everything is done at once; operations are kept because clients ask for them.
 */
import type { OperationType } from "@aws-sdk/client-servicediscovery";
import type { InstanceAttributes, ServiceRegistries } from "../../../controller/ports.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { parseArn } from "../../../model/arn.ts";
import type { Collection, Store } from "../../persistence/store.ts";

export interface NamespaceRecord {
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly type: "DNS_PRIVATE" | "HTTP";
  readonly description?: string;
  /** Of the SOA record, seconds. */
  readonly soaTtl: number;
  readonly hostedZoneId: string;
  readonly vpcId?: string;
  readonly creatorRequestId: string;
  /** Wall time in ms. */
  readonly createdAt: number;
}

export interface ServiceRecord {
  readonly region: string;
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly namespaceId: string;
  readonly description?: string;
  readonly dnsRecords?: readonly { readonly type: string; readonly ttl: number }[];
  readonly routingPolicy: "MULTIVALUE" | "WEIGHTED";
  /** HealthCheckCustomConfig: instances are healthy until somebody says otherwise. */
  readonly customHealth: boolean;
  readonly creatorRequestId: string;
  readonly createdAt: number;
}

export interface InstanceRecord {
  readonly serviceId: string;
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly healthy: boolean;
  readonly createdAt: number;
}

export interface OperationRecord {
  readonly region: string;
  readonly id: string;
  readonly type: OperationType;
  readonly targets: Readonly<Record<string, string>>;
  readonly at: number;
}

/** Route 53 answers at most eight addresses. */
const MOST_ADDRESSES = 8;
const KEPT_OPERATIONS = 1_000;

export class CloudMap implements ServiceRegistries {
  readonly namespaces: Collection<NamespaceRecord>;
  readonly services: Collection<ServiceRecord>;
  /** By `<service id>/<instance id>`. */
  readonly instances: Collection<InstanceRecord>;
  readonly operations: Collection<OperationRecord>;
  /** By ARN. */
  readonly tags: Collection<Readonly<Record<string, string>>>;
  readonly #store: Store;
  readonly #clock: Pick<Clock, "now">;
  readonly #ids: Ids;
  /** How many instances were registered, changed or deregistered, by service. */
  readonly #revisions: Collection<number>;
  // Clients that take the first address spread over the instances.
  #turn = 0;

  /** `clock`: wall time. */
  constructor({ store, clock, ids }: { readonly store: Store; readonly clock: Pick<Clock, "now">; readonly ids: Ids }) {
    this.#store = store;
    this.namespaces = store.collection("servicediscovery.namespace");
    this.services = store.collection("servicediscovery.service");
    this.instances = store.collection("servicediscovery.instance");
    this.operations = store.collection("servicediscovery.operation");
    this.tags = store.collection("servicediscovery.tags");
    this.#revisions = store.collection("servicediscovery.revision");
    this.#clock = clock;
    this.#ids = ids;
  }

  now(): number {
    return this.#clock.now();
  }

  transaction<Result>(work: () => Result): Result {
    return this.#store.transaction(work);
  }

  /** 16 lower-case letters and digits behind a prefix, as `ns-…` and `srv-…` have them. */
  newId(prefix: string): string {
    return `${prefix}-${this.#ids.hex(16)}`;
  }

  newRequestId(): string {
    return this.#ids.uuid();
  }

  /** Records what was done and answers its operation id, which is forgotten after a thousand others. */
  done(region: string, type: OperationType, targets: Readonly<Record<string, string>>): string {
    const id = `${this.#ids.hex(32)}-${this.#ids.hex(8)}`;
    this.operations.put(id, { region, id, type, targets, at: this.now() });
    if (this.operations.size > KEPT_OPERATIONS) {
      const [oldest] = this.operations.list().sort((a, b) => a.at - b.at);
      if (oldest !== undefined) this.operations.delete(oldest.id);
    }
    return id;
  }

  servicesOf(namespaceId: string): ServiceRecord[] {
    return this.services.list().filter((service) => service.namespaceId === namespaceId);
  }

  instancesOf(serviceId: string): InstanceRecord[] {
    return this.instances.list(`${serviceId}/`);
  }

  put(service: ServiceRecord, id: string, attributes: Readonly<Record<string, string>>): void {
    const { AWS_INIT_HEALTH_STATUS: initial, ...kept } = attributes;
    const before = this.instances.get(`${service.id}/${id}`);
    this.#change(service.id, () =>
      this.instances.put(`${service.id}/${id}`, {
        serviceId: service.id,
        id,
        attributes: kept,
        healthy: before?.healthy ?? initial !== "UNHEALTHY",
        createdAt: before?.createdAt ?? this.now(),
      }),
    );
  }

  setInstanceHealth(instance: InstanceRecord, healthy: boolean): void {
    if (instance.healthy === healthy) return;
    const key = `${instance.serviceId}/${instance.id}`;
    this.#change(instance.serviceId, () => this.instances.put(key, { ...instance, healthy }));
  }

  remove(serviceId: string, instanceId: string): void {
    const key = `${serviceId}/${instanceId}`;
    if (this.instances.has(key)) this.#change(serviceId, () => this.instances.delete(key));
  }

  /** Rises with every change of the service's instances. */
  revisionOf(serviceId: string): number {
    return this.#revisions.get(serviceId) ?? 1;
  }

  /** Removes a service that nobody is registered with; answers whether it is gone. */
  removeService({ region, id, arn }: ServiceRecord): boolean {
    if (this.instancesOf(id).length > 0) return false;
    this.transaction(() => {
      this.services.delete(`${region}/${id}`);
      this.forgetRevision(id);
      this.tags.delete(arn);
    });
    return true;
  }

  /** The same by ARN; one that is not there is gone. */
  removeServiceByArn(arn: string): boolean {
    const service = this.#byArn(arn);
    return service === undefined || this.removeService(service);
  }

  forgetRevision(serviceId: string): void {
    this.#revisions.delete(serviceId);
  }

  #change(serviceId: string, work: () => void): void {
    this.transaction(() => {
      work();
      this.#revisions.put(serviceId, this.revisionOf(serviceId) + 1);
    });
  }

  register(registryArn: string, instanceId: string, { ip, port, taskSetExternalId }: InstanceAttributes): void {
    const service = this.#byArn(registryArn);
    if (service === undefined) return;
    this.put(service, instanceId, {
      AWS_INSTANCE_IPV4: ip,
      ...(port === undefined ? {} : { AWS_INSTANCE_PORT: String(port) }),
      ...(taskSetExternalId === undefined ? {} : { ECS_TASK_SET_EXTERNAL_ID: taskSetExternalId }),
    });
  }

  setHealth(registryArn: string, instanceId: string, healthy: boolean): void {
    const service = this.#byArn(registryArn);
    const instance = service === undefined ? undefined : this.instances.get(`${service.id}/${instanceId}`);
    if (instance !== undefined) this.setInstanceHealth(instance, healthy);
  }

  deregister(registryArn: string, instanceId: string): void {
    const service = this.#byArn(registryArn);
    if (service !== undefined) this.remove(service.id, instanceId);
  }

  /**
   * IPv4 addresses of `<service>.<namespace>`, in any case: the healthy instances, or all of them when none is healthy,
   * in turning order; one alone for WEIGHTED. Of a service with an SRV record each instance has the name
   * `<instance id>.<service>.<namespace>`; one without records is found by DiscoverInstances only. Undefined when the name
   * is in no private namespace of this platform.
   */
  resolve(name: string): readonly string[] | undefined {
    const asked = name.toLowerCase().replace(/\.$/, "");
    const namespace = this.namespaces
      .list()
      .filter(({ type, name: zone }) => type === "DNS_PRIVATE" && asked.endsWith(`.${zone.toLowerCase()}`))
      .reduce<NamespaceRecord | undefined>((longest, zone) => (zone.name.length > (longest?.name.length ?? 0) ? zone : longest), undefined);
    if (namespace === undefined) return undefined;
    const label = asked.slice(0, -namespace.name.length - 1);
    for (const service of this.servicesOf(namespace.id)) {
      const serviceName = service.name.toLowerCase();
      if (label === serviceName) return service.dnsRecords === undefined ? [] : this.#addresses(service);
      if (label.endsWith(`.${serviceName}`) && service.dnsRecords?.some(({ type }) => type === "SRV")) {
        const instanceId = label.slice(0, -serviceName.length - 1);
        return addressesOf(this.instancesOf(service.id).filter(({ id }) => id.toLowerCase() === instanceId));
      }
    }
    return [];
  }

  #addresses(service: ServiceRecord): string[] {
    const instances = this.instancesOf(service.id);
    const healthy = instances.filter((instance) => instance.healthy);
    const addresses = addressesOf(healthy.length > 0 ? healthy : instances);
    const first = addresses.length === 0 ? 0 : this.#turn++ % addresses.length;
    return [...addresses.slice(first), ...addresses.slice(0, first)].slice(0, service.routingPolicy === "WEIGHTED" ? 1 : MOST_ADDRESSES);
  }

  #byArn(arn: string): ServiceRecord | undefined {
    const parsed = parseArn(arn);
    const id = parsed?.resource.replace(/^service\//, "");
    return id === undefined ? undefined : this.services.get(`${parsed?.region}/${id}`);
  }
}

function addressesOf(instances: readonly InstanceRecord[]): string[] {
  return instances.flatMap(({ attributes }) => (attributes.AWS_INSTANCE_IPV4 === undefined ? [] : [attributes.AWS_INSTANCE_IPV4]));
}
