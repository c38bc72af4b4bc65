/** The texts of ECS's service events and rollout reasons, one function a message. */
const tasks = (taskIds: readonly string[]): string => taskIds.map((taskId) => `(task ${taskId})`).join(" ");

export const serviceEvent = {
  started: (service: string, taskIds: readonly string[], replacedUnhealthy: number): string =>
    `(service ${service}) has started ${taskIds.length} tasks: ${tasks(taskIds)}.${
      replacedUnhealthy > 0 ? ` Amazon ECS replaced ${replacedUnhealthy} tasks due to an unhealthy status.` : ""
    }`,
  stopped: (service: string, taskIds: readonly string[]): string =>
    `(service ${service}) has stopped ${taskIds.length} running tasks: ${tasks(taskIds)}.`,
  draining: (service: string, count: number): string => `(service ${service}) has begun draining connections on ${count} tasks.`,
  registered: (service: string, count: number, targetGroupArn: string): string =>
    `(service ${service}) registered ${count} targets in (target-group ${targetGroupArn})`,
  deregistered: (service: string, count: number, targetGroupArn: string): string =>
    `(service ${service}) deregistered ${count} targets in (target-group ${targetGroupArn})`,
  targetUnhealthy: (service: string, taskId: string, port: number, targetGroupArn: string, reason: string): string =>
    `(service ${service}) (task ${taskId}) (port ${port}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${reason}).`,
  containerUnhealthy: (service: string, taskId: string): string => `(service ${service}) (task ${taskId}) failed container health checks.`,
  zonesUneven: (service: string, zones: string): string =>
    `(service ${service}) is not AZ balanced with ${zones}. AZ Rebalancing in progress.`,
  zonesEven: (service: string, zones: string): string => `(service ${service}) is AZ balanced with ${zones}.`,
  startedInZone: (service: string, zone: string, taskId: string): string =>
    `(service ${service}) has started 1 tasks in ${zone} to AZ Rebalance: (task ${taskId}).`,
  stoppedInZone: (service: string, zone: string, taskId: string): string =>
    `(service ${service}) has stopped 1 running tasks in ${zone} due to AZ rebalancing: (task ${taskId}).`,
  steady: (service: string): string => `(service ${service}) has reached a steady state.`,
  taskSetSteady: (service: string, taskSetId: string): string =>
    `(service ${service}, taskSet ${taskSetId}) updated state to STEADY_STATE.`,
  completed: (service: string, deploymentId: string): string => `(service ${service}) (deployment ${deploymentId}) deployment completed.`,
  failed: (service: string, deploymentId: string, cause: string): string =>
    `(service ${service}) (deployment ${deploymentId}) deployment failed: ${cause}`,
  rollingBack: (service: string, deploymentId: string): string => `(service ${service}) rolling back to deployment ${deploymentId}.`,
  unableToPlace: (service: string, cause: string): string => `(service ${service}) was unable to place a task. Reason: ${cause}`,
  launchFailed: (service: string, error: string): string => `(service ${service}) failed to launch a task with (error ${error})`,
  unableToStart: (service: string): string => `(service ${service}) is unable to consistently start tasks successfully.`,
  throttled: (service: string): string => `(service ${service}) operations are being throttled. Will try again later.`,
  stuck: (service: string): string =>
    `(service ${service}) was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.`,
} as const;

export const rolloutReason = {
  inProgress: (deploymentId: string): string => `ECS deployment ${deploymentId} in progress.`,
  completed: (deploymentId: string): string => `ECS deployment ${deploymentId} completed.`,
  tasksFailed: "ECS deployment circuit breaker: tasks failed to start.",
  alarmDetected: (alarmNames: readonly string[]): string => `ECS deployment alarms: alarm detected: ${alarmNames.join(", ")}.`,
  hookFailed: (stage: string): string => `ECS deployment lifecycle hook failed in stage ${stage}.`,
  stageTimedOut: (stage: string): string => `ECS deployment timed out in stage ${stage}.`,
  stoppedByUser: "ECS deployment stopped by user.",
  rollingBack: (detector: string, deploymentId: string): string => `ECS ${detector}: rolling back to deploymentId ${deploymentId}.`,
} as const;
