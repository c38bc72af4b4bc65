/** The names that stacks, parameters and what they make go by. Environment names have no hyphen, so these never collide. */

export const environmentStackName = (environment: string): string => `fsd-${environment}`;
export const serviceStackName = (environment: string, service: string): string => `fsd-${environment}-${service}`;
export const repositoryStackName = (service: string): string => `fsdrepo-${service}`;
/** The path of a value that the environment's stack writes to Parameter Store. */
export const environmentValue = (environment: string, name: string): string => `/fsd/${environment}/${name}`;
/** The path of a value that a service's stack writes to Parameter Store for others. */
export const serviceValue = (environment: string, service: string, name: string): string =>
  `/fsd/${environment}/services/${service}/${name}`;
export const alarmName = (environment: string, service: string, alarm: string): string => `fsd-${environment}-${service}-${alarm}`;
/** The container that runs the service's own image. */
export const CONTAINER = "app";
