/** The names that stacks, parameters and what they make go by. Environment names have no hyphen, so these never collide. */

export const environmentStackName = (environment: string): string => `fsd-${environment}`;
export const serviceStackName = (environment: string, service: string): string => `fsd-${environment}-${service}`;
export const repositoryStackName = (service: string): string => `fsdrepo-${service}`;
/** The path of a value that the environment's stack writes to Parameter Store. */
export const environmentValue = (environment: string, name: string): string => `/fsd/${environment}/${name}`;
/** Below it are an environment's records of the services that are deployed there, each with the values of one below it. */
export const registryPath = (environment: string): string => `/fsd/${environment}/services`;
export const registryRecordName = (environment: string, service: string): string => `${registryPath(environment)}/${service}`;
/** The path of a value that a service's stack writes to Parameter Store for others. */
export const serviceValue = (environment: string, service: string, name: string): string =>
  `${registryRecordName(environment, service)}/${name}`;
/** Below which path a load balancer's values are; the first of several has no number. */
export const balancerPath = (kind: "public" | "internal", shard: number): string =>
  `load-balancers/${kind}${shard === 1 ? "" : `-${shard}`}`;
/** Below the environment's path: the alarm topic of a pack. */
export const packTopic = (pack: string): string => `packs/${pack}/alarm-topic`;
export const alarmName = (environment: string, service: string, alarm: string): string => `fsd-${environment}-${service}-${alarm}`;
/** The container that runs the service's own image. */
export const CONTAINER = "app";
