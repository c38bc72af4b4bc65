/**
 * What the platform and its helper inside the private network say to each other over Node's IPC channel. Every
 * request is answered once, by its id; `connect`, `listen` and `bind` are answered with the socket itself.
 */
export type NamespaceRequest =
  /** Gives the bridge a subnet: its router's address (`10.0.1.1/24`) and the range of its VPC, which is all on the bridge. */
  | { readonly id: number; readonly do: "add-subnet"; readonly router: string; readonly vpcCidrBlock: string }
  /** Tasks will come: makes spare network namespaces, so that these need not wait for theirs. Answered when they are made, or cannot be. */
  | { readonly id: number; readonly do: "expect-tasks" }
  /**
   * Takes a network namespace whose `eth0` is plugged into the bridge, and has `ip` carry out `batch` inside it; answered
   * with the descriptor that keeps it.
   */
  | { readonly id: number; readonly do: "attach"; readonly batch: readonly string[] }
  /** Gives a network namespace up; it ends with its last process. */
  | { readonly id: number; readonly do: "detach"; readonly descriptor: number }
  | { readonly id: number; readonly do: "connect"; readonly host: string; readonly port: number }
  /** Ends an unfinished `connect`; not answered itself. */
  | { readonly id: number; readonly do: "abandon" }
  | { readonly id: number; readonly do: "listen"; readonly host: string; readonly port: number }
  | { readonly id: number; readonly do: "bind"; readonly host: string; readonly port: number };

export type NamespaceAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly ok: true; readonly descriptor?: number }
  | { readonly id: number; readonly ok: false; readonly code: string; readonly message: string };

/** The bridge that every task's interface is plugged into. */
export const BRIDGE = "fsd0";

/** Where ECS answers tasks (metadata, credentials) and where the gateway listens. */
export const ENDPOINT_ADDRESS = "169.254.170.2";

/** The address of the resolver that Amazon gives every VPC. */
export const RESOLVER_ADDRESS = "169.254.169.253";

/** Under this address a task reaches the machine it runs on. */
export const HOST_ADDRESS = "169.254.170.1";
