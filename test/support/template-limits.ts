/** CloudFormation's limits and those of the services behind it, as far as a template alone can break them. */

interface TemplateLike {
  readonly Description?: unknown;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>>;
}

/** Characters that a literal name may have, by resource type and property (each service's API reference or quotas page). */
const longest: Readonly<Record<string, number>> = {
  "AWS::CloudWatch::Alarm.AlarmName": 255,
  "AWS::CloudWatch::Dashboard.DashboardName": 255,
  "AWS::DynamoDB::Table.TableName": 255,
  "AWS::EC2::SecurityGroup.GroupDescription": 255,
  "AWS::EC2::SecurityGroupIngress.Description": 255,
  "AWS::ECR::Repository.RepositoryName": 256,
  "AWS::ECS::Service.ServiceName": 255,
  "AWS::ECS::TaskDefinition.Family": 255,
  "AWS::IAM::Role.Description": 1000,
  "AWS::Logs::LogGroup.LogGroupName": 512,
  "AWS::S3::Bucket.BucketName": 63,
  "AWS::SNS::Topic.TopicName": 256,
  "AWS::SNS::Topic.DisplayName": 100,
  "AWS::SQS::Queue.QueueName": 80,
  "AWS::SSM::Parameter.Name": 1011,
  "AWS::Scheduler::Schedule.Description": 512,
  "AWS::Scheduler::ScheduleGroup.Name": 64,
  "AWS::ServiceDiscovery::Service.Name": 127,
};

/** What a template breaks, one line each. */
export function brokenLimits(template: TemplateLike): string[] {
  const found: string[] = [];
  const atMost = (what: string, count: number, limit: number): void => {
    if (count > limit) found.push(`${what}: ${count} > ${limit}`);
  };
  atMost("resources", Object.keys(template.Resources).length, 500);
  atMost("parameters", Object.keys(template.Parameters ?? {}).length, 200);
  atMost("outputs", Object.keys(template.Outputs ?? {}).length, 200);
  atMost("description", Buffer.byteLength(String(template.Description ?? "")), 1024);
  for (const name of [...Object.keys(template.Resources), ...Object.keys(template.Parameters ?? {})]) {
    if (!/^[A-Za-z0-9]{1,255}$/.test(name)) found.push(`${name} is no logical name`);
  }
  for (const [name, { Type, Properties = {} }] of Object.entries(template.Resources)) {
    for (const [property, value] of Object.entries(Properties)) {
      const limit = longest[`${Type}.${property}`];
      // What the stack fills in is at most an account (12) or a region (14).
      if (limit !== undefined) atMost(`${name}.${property}`, plain(value).length, limit);
    }
    atMost(`${name}.Tags`, Array.isArray(Properties.Tags) ? Properties.Tags.length : 0, 50);
    if (Type === "AWS::ElasticLoadBalancingV2::ListenerRule") {
      const priority = Number(Properties.Priority);
      if (!(Number.isInteger(priority) && priority >= 1 && priority <= 50_000)) found.push(`${name}.Priority is ${priority}`);
    }
    if (Type === "AWS::IAM::Role") found.push(...brokenPolicies(name, Properties));
    if (Type === "AWS::ECS::TaskDefinition")
      atMost(`${name}.ContainerDefinitions`, (Properties.ContainerDefinitions as unknown[]).length, 10);
  }
  return found;
}

function brokenPolicies(name: string, { Policies = [] }: Readonly<Record<string, unknown>>): string[] {
  const policies = Policies as { PolicyDocument: { Statement: { Sid?: string }[] } }[];
  return policies.flatMap(({ PolicyDocument }) => {
    const sids = PolicyDocument.Statement.flatMap(({ Sid }) => Sid ?? []);
    const twice = sids.filter((sid, index) => sids.indexOf(sid) !== index).map((sid) => `${name}: two statements ${sid}`);
    const odd = sids.filter((sid) => !/^[A-Za-z0-9]+$/.test(sid)).map((sid) => `${name}: ${sid} is no Sid`);
    const size = plain(PolicyDocument).length;
    return [...twice, ...odd, ...(size > 10_240 ? [`${name}: policy of ${size} characters`] : [])];
  });
}

/** The value with what the stack fills in at its longest. */
function plain(value: unknown): string {
  return (typeof value === "string" ? value : JSON.stringify(value))
    .replaceAll("${AWS::AccountId}", "123456789012")
    .replaceAll("${AWS::Region}", "ap-northeast-1")
    .replace(/^\{"Fn::Sub":"(.*)"\}$/, "$1");
}
