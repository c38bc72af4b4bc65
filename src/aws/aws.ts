/**
 * The SDK clients of the tool, made in one place, with the endpoint and credentials of one environment. Only the
 * operations that the verbs use are here, so that the bundle carries only those.
 */
import {
  CancelUpdateStackCommand,
  CloudFormationClient,
  ContinueUpdateRollbackCommand,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  ListChangeSetsCommand,
  ListStackResourcesCommand,
  RollbackStackCommand,
  UpdateTerminationProtectionCommand,
} from "@aws-sdk/client-cloudformation";
import {
  CloudWatchLogsClient,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  DescribeImageScanFindingsCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  GetDownloadUrlForLayerCommand,
  InitiateLayerUploadCommand,
  PutImageCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import {
  ContinueServiceDeploymentCommand,
  DescribeServiceDeploymentsCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RunTaskCommand,
  StopServiceDeploymentCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyLoadBalancerAttributesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { operations } from "./operations.ts";

/** Where an environment's AWS is and who calls it. */
export interface Connection {
  /** Absent: AWS's own endpoints, whatever `AWS_ENDPOINT_URL*` or a profile say. */
  readonly endpoint?: string | undefined;
  /** Absent: as the SDK finds it. */
  readonly region?: string | undefined;
  /** The local platform takes any credentials, and no look-up for real ones shall slow it down. */
  readonly anyCredentials?: boolean;
  /** Instead of the caller's own. */
  readonly credentials?: CredentialsProvider;
}

/** As the SDK's clients take it; asked again when what it gave expires. */
type CredentialsProvider = Extract<NonNullable<STSClientConfig["credentials"]>, (...given: never[]) => unknown>;

/** What a command of the AWS CLI needs to speak to the same place: flags with a space before each; empty for AWS itself. */
function cliFlags({ endpoint, region }: Connection): string {
  return endpoint === undefined ? "" : ` --endpoint-url ${endpoint}${region === undefined ? "" : ` --region ${region}`}`;
}

export type Aws = ReturnType<typeof connectAws>;

export function connectAws(connection: Connection) {
  const settings = clientSettings(connection);
  const ecs = new ECSClient(settings);
  const cloudFormation = new CloudFormationClient(settings);
  const elb = new ElasticLoadBalancingV2Client(settings);
  const ecr = new ECRClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  const sts = new STSClient(settings);
  return {
    region: () => ecs.config.region(),
    cliFlags: cliFlags(connection),
    ecs: operations(ecs, {
      continueServiceDeployment: ContinueServiceDeploymentCommand,
      describeServiceDeployments: DescribeServiceDeploymentsCommand,
      describeServices: DescribeServicesCommand,
      describeTaskDefinition: DescribeTaskDefinitionCommand,
      describeTasks: DescribeTasksCommand,
      listServiceDeployments: ListServiceDeploymentsCommand,
      listTasks: ListTasksCommand,
      runTask: RunTaskCommand,
      stopServiceDeployment: StopServiceDeploymentCommand,
      stopTask: StopTaskCommand,
    }),
    cloudFormation: operations(cloudFormation, {
      createChangeSet: CreateChangeSetCommand,
      describeChangeSet: DescribeChangeSetCommand,
      executeChangeSet: ExecuteChangeSetCommand,
      getTemplate: GetTemplateCommand,
      deleteChangeSet: DeleteChangeSetCommand,
      describeStacks: DescribeStacksCommand,
      describeStackEvents: DescribeStackEventsCommand,
      describeStackResources: DescribeStackResourcesCommand,
      deleteStack: DeleteStackCommand,
      listChangeSets: ListChangeSetsCommand,
      listStackResources: ListStackResourcesCommand,
      cancelUpdateStack: CancelUpdateStackCommand,
      continueUpdateRollback: ContinueUpdateRollbackCommand,
      rollbackStack: RollbackStackCommand,
      updateTerminationProtection: UpdateTerminationProtectionCommand,
    }),
    elb: operations(elb, {
      describeRules: DescribeRulesCommand,
      describeTargetGroups: DescribeTargetGroupsCommand,
      describeTargetHealth: DescribeTargetHealthCommand,
      describeTags: DescribeTagsCommand,
      modifyLoadBalancerAttributes: ModifyLoadBalancerAttributesCommand,
    }),
    ecr: operations(ecr, {
      batchCheckLayerAvailability: BatchCheckLayerAvailabilityCommand,
      batchGetImage: BatchGetImageCommand,
      initiateLayerUpload: InitiateLayerUploadCommand,
      uploadLayerPart: UploadLayerPartCommand,
      completeLayerUpload: CompleteLayerUploadCommand,
      getDownloadUrlForLayer: GetDownloadUrlForLayerCommand,
      putImage: PutImageCommand,
      describeImages: DescribeImagesCommand,
      describeImageScanFindings: DescribeImageScanFindingsCommand,
      describeRepositories: DescribeRepositoriesCommand,
    }),
    logs: operations(logs, {
      filterLogEvents: FilterLogEventsCommand,
      getLogEvents: GetLogEventsCommand,
      describeLogStreams: DescribeLogStreamsCommand,
    }),
    sts: operations(sts, { getCallerIdentity: GetCallerIdentityCommand }),
    /** Closes idle connections, so that the process can end. */
    close: () => {
      for (const client of [ecs, cloudFormation, elb, ecr, logs, sts]) client.destroy();
    },
  };
}

/** What every client of one environment is made with. */
export function clientSettings({ endpoint, region, anyCredentials = false, credentials }: Connection) {
  return {
    ...(region === undefined ? {} : { region }),
    // A variable or profile left over from a local session must not send a production deployment elsewhere.
    ...(endpoint === undefined ? { ignoreConfiguredEndpointUrls: true } : { endpoint }),
    ...(credentials !== undefined
      ? { credentials }
      : anyCredentials
        ? { credentials: { accessKeyId: "local", secretAccessKey: "local" } }
        : {}),
  };
}
