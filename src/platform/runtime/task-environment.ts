/**
 * The environment a container starts with. Nothing of the platform's own environment gets in: a task sees what its
 * task definition, its secrets and its image say, what ECS injects, and a plain PATH, HOME and LANG.
 *
 * In namespaces PORT is left alone, as on Fargate, where nothing sets it. Without namespaces PORT is the port this
 * machine gave the task in place of its first container port, and it wins over every other value.
 */
import type { ContainerLaunch, TaskLaunch } from "../../model/task-launch.ts";
import { STANDARD_PATH } from "./dockerfile.ts";

/** How a task reaches the platform. */
export interface TaskEndpoints {
  /** The gateway: `http://169.254.170.2:4566`. */
  readonly gateway: string;
  /** Base of the metadata and credential addresses: `http://169.254.170.2`. */
  readonly agent: string;
  /** Whether `agent` is the address at which the AWS SDKs look for relative credential addresses. */
  readonly agentIsStandard: boolean;
}

export interface EnvironmentParts {
  readonly launch: TaskLaunch;
  readonly container: ContainerLaunch;
  readonly image: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly endpoints: TaskEndpoints;
  readonly runtimeId: string;
  /** Names the task's credentials; absent when the task has no role. */
  readonly credentialsId?: string;
  readonly home: string;
  readonly hostname: string;
  /** Folders of interpreters to add at the end of PATH. */
  readonly interpreterPaths: readonly string[];
  /** Without namespaces: the port in place of the first container port. */
  readonly assignedPort?: number;
}

export function taskEnvironment(parts: EnvironmentParts): Record<string, string> {
  const { launch, container, endpoints } = parts;
  const metadata = `${endpoints.agent}/v4/${parts.runtimeId}`;
  const credentials = parts.credentialsId === undefined ? undefined : `/v2/credentials/${parts.credentialsId}`;
  const own = { ...parts.image, ...reachable(container.environment, launch, endpoints.gateway), ...parts.secrets };
  const path = own.PATH ?? STANDARD_PATH;
  return {
    HOME: parts.home,
    LANG: "C.UTF-8",
    HOSTNAME: parts.hostname,
    AWS_REGION: launch.region,
    AWS_DEFAULT_REGION: launch.region,
    AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
    AWS_ENDPOINT_URL: endpoints.gateway,
    ECS_CONTAINER_METADATA_URI: `${endpoints.agent}/v3/${parts.runtimeId}`,
    ECS_CONTAINER_METADATA_URI_V4: metadata,
    ...(credentials === undefined
      ? {}
      : endpoints.agentIsStandard
        ? { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: credentials }
        : { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoints.agent}${credentials}` }),
    ...own,
    PATH: [path, ...parts.interpreterPaths.filter((folder) => !path.split(":").includes(folder))].join(":"),
    ...(parts.assignedPort === undefined ? {} : { PORT: String(parts.assignedPort) }),
  };
}

/** Addresses of SQS queues as CloudFormation's `Ref` gives them: where the platform reaches itself. */
const QUEUE_ADDRESS = /^http:\/\/127\.0\.0\.1:\d+(?=\/\d{12}\/[\w-]{1,80}(\.fifo)?$)/;
/** Addresses of queues as SQS gives them; a template that refers to another stack's queue has to write it so. */
const AWS_QUEUE_ADDRESS = /^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?(?=\/(\d{12})\/[\w-]{1,80}(\.fifo)?$)/;

/**
 * The environment with the addresses of the account's queues as the task reaches them: 127.0.0.1 is its own in there, and
 * some clients (kombu's) dial the queue's address as it is, whatever AWS_ENDPOINT_URL says.
 */
function reachable(environment: Readonly<Record<string, string>>, { account }: TaskLaunch, gateway: string): Record<string, string> {
  const led = (value: string): string =>
    value
      .replace(QUEUE_ADDRESS, () => gateway)
      .replace(AWS_QUEUE_ADDRESS, (address, owner: string) => (owner === account ? gateway : address));
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, led(value)]));
}
