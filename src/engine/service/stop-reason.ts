/** The words ECS puts in `stoppedReason`, one function a case. */
export const stopReason = {
  essentialContainerExited: "Essential container in task exited",
  stoppedByUser: "Task stopped by user",
  spotInterrupted: "Your Spot Task was interrupted.",
  failedContainerHealthChecks: "Task failed container health checks",
  failedTargetHealthChecks: (targetGroupArn: string): string => `Task failed ELB health checks in (target-group ${targetGroupArn})`,
  /** The same text for a scale-in and for a task replaced by a deployment. */
  scaling: (deploymentId: string): string => `Scaling activity initiated by (deployment ${deploymentId})`,
  dependencyFailed: (container: string, dependency: string, condition: string): string =>
    `CannotStartContainerError: container ${container} cannot start because its dependency ${dependency} did not reach the condition ${condition}`,
  dependencyTimedOut: (container: string, dependency: string, condition: string, seconds: number): string =>
    `CannotStartContainerError: container ${container} cannot start because its dependency ${dependency} did not reach the condition ${condition} within ${seconds}s`,
} as const;
