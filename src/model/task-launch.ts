/**
 * Everything a runtime needs to run one task, resolved from the task definition, the overrides and the service's
 * network configuration. Plain values: secrets are named here, never held.
 */
export interface TaskLaunch {
  readonly taskArn: string;
  /** 32 hexadecimal digits; the last part of the ARN. */
  readonly taskId: string;
  readonly account: string;
  readonly region: string;
  readonly clusterName: string;
  /** Absent for a standalone task. */
  readonly serviceName?: string;
  readonly family: string;
  readonly revision: number;
  /** CPU units of the task; 1024 is one vCPU. */
  readonly cpu: number;
  /** MiB of the task. */
  readonly memory: number;
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  readonly network: TaskNetwork;
  /** What Service Connect lets the task call by name; absent without Service Connect. */
  readonly clientAliases?: readonly ClientAlias[];
  readonly containers: readonly ContainerLaunch[];
}

/** The task's elastic network interface: one private address in one subnet. */
export interface TaskNetwork {
  readonly subnetId: string;
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
}

/** A name and port of Service Connect, and the endpoint behind it. */
export interface ClientAlias {
  readonly dnsName: string;
  readonly port: number;
  /** `<namespace ARN>/<discovery name>` */
  readonly endpoint: string;
}

export interface ContainerLaunch {
  readonly name: string;
  /** As the task definition writes it; a digest when the deployment pinned one. */
  readonly image: string;
  readonly essential: boolean;
  /** Absent: the image's own. */
  readonly entryPoint?: readonly string[];
  readonly command?: readonly string[];
  readonly workingDirectory?: string;
  readonly user?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
  readonly ports: readonly { readonly containerPort: number; readonly protocol: "tcp" | "udp" }[];
  readonly readonlyRootFilesystem: boolean;
  /** The container's own hard limit in MiB; absent: the task's. */
  readonly memory?: number;
  readonly log?: ContainerLog;
}

/** Where an awslogs container writes: the stream is `<streamPrefix>/<container>/<task id>`. */
export interface ContainerLog {
  readonly group: string;
  readonly region: string;
  readonly streamPrefix: string;
  readonly createGroup: boolean;
}
