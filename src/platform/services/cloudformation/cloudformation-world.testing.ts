/** CloudFormation alone, with a resource type of the test's own: its things outlive the process that made them. */
import type { ResourceSchema } from "../../../engine/stack/resource-schema.ts";
import { type Clock, SystemClock } from "../../../kit/clock.ts";
import { RandomIds } from "../../../kit/ids.ts";
import type { JsonObject } from "../../../kit/json.ts";
import type { Gateway } from "../../gateway/gateway.ts";
import type { OperationInput, OperationName, OperationOutput } from "../../gateway/operations.ts";
import { strictGateway } from "../../gateway/strict-gateway.testing.ts";
import { LibsqlStore } from "../../persistence/libsql-store.ts";
import { ResourceFailure, type ResourceRequest, type ResourceType } from "../resource-type.ts";
import { cloudformationProvider } from "./provider.ts";
import { StackExecutor, type StackExecutorDependencies } from "./stack-executor.ts";

export const region = "us-east-1";
const schema: ResourceSchema = {
  properties: { Name: "string", Size: "integer", Fails: "boolean", Waits: "boolean" },
  required: [],
  createOnly: ["Name"],
  attributes: ["Id", "Parts"],
  lists: ["Parts"],
  definitions: {},
};

/** Things that exist outside the stack, as the things of a service do: they outlive the process that made them. */
class Things {
  readonly made = new Map<string, JsonObject>();
  readonly released = new Set<string>();
  /** Called at each look of a thing that waits. */
  looked = (): void => undefined;
  readonly type: ResourceType = {
    type: "Test::Thing::Thing",
    schema,
    create: async (request) => {
      const id = typeof request.properties.Name === "string" ? request.properties.Name : `thing-${request.token}`;
      if (this.made.has(id) && !request.isRepeated)
        throw Object.assign(new Error(`${id} already exists`), { name: "AlreadyExistsException" });
      this.made.set(id, request.properties);
      request.initiated({ physicalId: id, attributes: { Id: id } });
      await this.#settle(request);
      return { physicalId: id, attributes: { Id: id } };
    },
    update: async (request, current) => {
      this.made.set(current.physicalId, request.properties);
      await this.#settle(request);
      return current;
    },
    delete: (_, { physicalId }) => {
      this.made.delete(physicalId);
      return Promise.resolve();
    },
    find: ({ properties }) => {
      const id = properties.Name;
      return Promise.resolve(typeof id === "string" && this.made.has(id) ? { physicalId: id, attributes: { Id: id } } : undefined);
    },
  };

  async #settle({ properties, until, logicalId }: ResourceRequest): Promise<void> {
    const isReleased = (): Promise<boolean> => {
      this.looked();
      return Promise.resolve(this.released.has(logicalId));
    };
    if (properties.Waits === true) await until(isReleased);
    if (properties.Fails === true) throw new ResourceFailure("it broke", "GeneralServiceException");
  }
}

class CountingStore extends LibsqlStore {
  commits = 0;

  override transaction<Result>(work: () => Result): Result {
    this.commits++;
    return super.transaction(work);
  }
}

type Shared = Pick<StackExecutorDependencies, "store" | "ids" | "account" | "call"> & { readonly clock: Clock };
/** Mounts other services beside CloudFormation. */
export type Mount = (gateway: Gateway, shared: Shared) => void;

/** The platform as far as CloudFormation needs it; started again on the same store, as after a crash. */
export class CloudFormationWorld {
  readonly store = new CountingStore(":memory:");
  readonly things = new Things();
  readonly #clock: Clock;
  readonly #mount: Mount;
  executor: StackExecutor;

  constructor(clock: Clock, mount: Mount) {
    this.#clock = clock;
    this.#mount = mount;
    this.executor = this.#start();
  }

  #start(): StackExecutor {
    const clock = this.#clock;
    const ids = new RandomIds();
    const gateway = strictGateway(ids);
    const dependencies = {
      store: this.store,
      clock,
      engineClock: clock,
      ids,
      account: "000000000000",
      call: gateway.call,
      resourceTypes: [this.things.type],
    };
    const executor = new StackExecutor(dependencies);
    this.#mount(gateway, dependencies);
    gateway.mount("cloudformation", cloudformationProvider(executor, dependencies));
    this.call = (operation, input) => gateway.call("cloudformation", operation, input, { region });
    this.callOf = gateway.call;
    return executor;
  }

  declare call: <Operation extends OperationName<"cloudformation">>(
    operation: Operation,
    input: OperationInput<"cloudformation", Operation>,
  ) => Promise<OperationOutput<"cloudformation", Operation>>;

  /** Calls any mounted service. */
  declare callOf: Gateway["call"];

  kill(): void {
    this.executor.stop();
    this.executor = this.#start();
    this.executor.resume();
  }

  async status(name: string): Promise<string> {
    const { Stacks: [stack] = [] } = await this.call("DescribeStacks", { StackName: name });
    return (await this.executor.settled(stack?.StackId ?? ""))?.status ?? "";
  }

  async events(name: string): Promise<string[]> {
    const { StackEvents = [] } = await this.call("DescribeStackEvents", { StackName: name });
    return StackEvents.reverse().map(({ LogicalResourceId, ResourceStatus, ResourceStatusReason }) =>
      [LogicalResourceId, ResourceStatus, ...(ResourceStatusReason === undefined ? [] : [ResourceStatusReason])].join(" "),
    );
  }
}

const worlds: CloudFormationWorld[] = [];

/** A world of its own, which `endWorlds` ends. */
export function world(clock: Clock = new SystemClock(), mount: Mount = () => undefined): CloudFormationWorld {
  const made = new CloudFormationWorld(clock, mount);
  worlds.push(made);
  return made;
}

export function endWorlds(): void {
  for (const { executor, store } of worlds.splice(0)) {
    executor.stop();
    store.close();
  }
}

export const thing = (properties: JsonObject = {}, more: object = {}) => ({ Type: "Test::Thing::Thing", Properties: properties, ...more });
export const body = (resources: object, more: object = {}) => JSON.stringify({ Resources: resources, ...more });
