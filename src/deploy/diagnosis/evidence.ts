/** What was seen while a deployment went wrong, as plain values: captured while it happens, because a rollback destroys most of it. */

export interface Evidence {
  readonly service: string;
  readonly env: string;
  /** What the AWS CLI needs to speak to the same place, as `Aws` gives it. */
  readonly cliFlags?: string;
  /** Resources of the stack that failed, in the order in which they did, with CloudFormation's reasons. */
  readonly failedResources: readonly FailedResource[];
  /** Tasks of the requested revision that ended, or were ended, as they should not, oldest first. */
  readonly stoppedTasks: readonly StoppedTask[];
  /** The worst that was seen of each target of the requested revision. */
  readonly targets: readonly TargetSeen[];
  /** ECS's own words since the deployment began, oldest first. */
  readonly serviceEvents: readonly string[];
  /** Roles that ECS could not assume, as IAM has them. */
  readonly roles?: readonly RoleSeen[];
  /** Where the service is; ECS names it when it assumes a role. */
  readonly region?: string;
  /** What the manifest asked for, where it bears on the cause. */
  readonly asked: Asked;
}

export interface Asked {
  readonly port?: number | undefined;
  readonly healthPath?: string | undefined;
  /** Of the release before. */
  readonly formerHealthPath?: string | undefined;
  /** CPU units: 256 is a quarter of a vCPU. */
  readonly cpu?: number | undefined;
  /** MiB */
  readonly memory?: number | undefined;
  readonly image?: string | undefined;
  /** Name of the group that its tasks log to. */
  readonly logGroup?: string | undefined;
  /** Where the manifest stands, to point at. */
  readonly file?: string | undefined;
  /** Packed without a build: RUN was not executed. */
  readonly packed?: boolean | undefined;
  /** Files and folders of the build context that its `.dockerignore` keeps out of the image. */
  readonly leftOut?: readonly string[] | undefined;
  /** Names of the alarms that guard a deployment. */
  readonly alarms?: readonly string[] | undefined;
  /** Names of the environment variables and secrets that the service is given. */
  readonly variables?: readonly string[] | undefined;
}

export interface FailedResource {
  readonly logicalId: string;
  readonly resourceType: string;
  readonly status: string;
  readonly reason: string;
}

export interface StoppedTask {
  readonly taskId: string;
  readonly revision: string;
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly containers: readonly StoppedContainer[];
}

export interface StoppedContainer {
  readonly name: string;
  readonly exitCode?: number;
  readonly reason?: string;
  /** The last lines it wrote, oldest first. */
  readonly lastLines: readonly string[];
}

export interface TargetSeen {
  readonly ip: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
  readonly description: string;
}

export type RoleSeen = { readonly roleArn: string } & (
  | { readonly found: "role"; readonly trustPolicy: string }
  /** The role of that name has another ARN. */
  | { readonly found: "other"; readonly otherArn: string }
  | { readonly found: "nothing" }
  | { readonly found: "unreadable"; readonly why: string }
);
