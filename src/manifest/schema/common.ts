/** Fields that several kinds share: metadata, sizes, secrets, dependencies, permissions, patches. */
import { any, boolean, choice, integer, list, object, record, required, text } from "./field.ts";
import { managed } from "./managed.ts";

const namePattern = /^[a-z]([a-z0-9-]*[a-z0-9])?$/;
export const environmentNamePattern = /^[a-z][a-z0-9]{0,15}$/;
const arnPattern = /^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:.+$/s;

export const arn = (about: string, example: string, becomes?: string) =>
  text(about, {
    pattern: arnPattern,
    form: "an ARN (arn:aws:service:region:account:resource)",
    example,
    ...(becomes === undefined ? {} : { becomes }),
  });

const tagText = {
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  form: "letters, digits, spaces and _ . : / = + - @",
  max: 256,
  min: 0,
  anyScalar: true,
};

export const metadata = (what: string) =>
  object(
    `Who the ${what} is and whose.`,
    {
      name: required(
        text(`The ${what}'s name.`, {
          pattern: namePattern,
          form: "lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen",
          max: 40,
          example: "category-service",
          becomes: "stack name fsd-<env>-<name>, ECS service name, log group, tag fsd:service",
        }),
      ),
      pack: text("The organisational unit that owns it.", {
        pattern: /^[a-z][a-z0-9-]*$/,
        form: "lower-case letters, digits and hyphens",
        max: 40,
        example: "consumer-agent",
        becomes: "tag fsd:pack, cost key, choice of the alarm topic",
      }),
      owners: list("Who answers for it.", text("A person or team.", { pattern: tagText.pattern, form: tagText.form, max: 128 }), {
        example: ["@pack-consumer-agent"],
        becomes: "tag fsd:owners",
      }),
      description: text("What it is for.", { max: 1024, becomes: "template Description" }),
      tags: record("Tags of everything it makes.", text("A tag's value.", tagText), {
        key: {
          pattern: /^(?!aws:|fsd:)[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/iu,
          form: "letters, digits and _ . : / = + - @, not beginning with aws: or fsd:",
          max: 128,
        },
        example: { "cost-center": "engineering" },
        becomes: "Tags of every resource that takes tags, propagated to tasks",
      }),
    },
    { renamed: { owner: "owners", team: "pack" } },
  );

export const size = choice("A ready-made size.", ["micro", "small", "medium", "large"], {
  default: "small",
  becomes: "micro 256/512, small 512/1024, medium 1024/2048, large 2048/4096",
});
export const cpu = choice("CPU units of a task; 1024 is one vCPU.", [256, 512, 1024, 2048, 4096, 8192, 16384], {
  otherwise: "512",
  becomes: "AWS::ECS::TaskDefinition Cpu",
});
export const memory = integer("Memory of a task in MiB.", 512, 122_880, {
  otherwise: "twice the CPU units",
  becomes: "AWS::ECS::TaskDefinition Memory",
});
export const architecture = choice("Processor architecture.", ["x86_64", "arm64"], {
  default: "x86_64",
  becomes: "AWS::ECS::TaskDefinition RuntimePlatform.CpuArchitecture",
});
export const ephemeralStorage = integer("Scratch space of a task in GiB.", 21, 200, {
  otherwise: "Fargate's own 20",
  becomes: "AWS::ECS::TaskDefinition EphemeralStorage.SizeInGiB",
});

export const image = text("The container image; `${VERSION}` leaves its tag to the deploy.", {
  pattern: /^\S+$/,
  form: "an image reference without spaces",
  max: 512,
  otherwise: "the service's own repository",
  example: "${REGISTRY}/category-service:${VERSION}",
  becomes: "parameter ImageUri, AWS::ECS::TaskDefinition ContainerDefinitions.Image",
});

export const build = object("Builds the image from source.", {
  context: text("Folder of the build, relative to the manifest.", { default: ".", max: 512 }),
  dockerfile: text("Dockerfile, relative to the context.", { default: "Dockerfile", max: 512 }),
  args: record("Build arguments.", text("A value.", { anyScalar: true, min: 0 })),
  target: text("Stage of a multi-stage Dockerfile.", { otherwise: "the last stage" }),
});

export const command = (what: string) =>
  list(`What ${what} runs instead of the image's own command.`, text("A word of the command.", { min: 0, anyScalar: true }), {
    min: 1,
    otherwise: "the image's own",
    becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.Command",
  });

const variableName = {
  pattern: /^[A-Za-z_][A-Za-z0-9_.-]*$/,
  form: "letters, digits and underscores, not beginning with a digit",
  max: 256,
};

export const variables = (about: string) =>
  record(about, text("A value.", { anyScalar: true, min: 0, max: 32_768 }), {
    key: variableName,
    example: { LOG_LEVEL: "INFO" },
    becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.Environment",
  });

export const secrets = list(
  "Secrets that reach the container as environment variables.",
  object("One secret.", {
    name: required(text("The environment variable.", { ...variableName, example: "DB_PASSWORD" })),
    valueFrom: required(
      text("Where it is kept: an ARN, `secretsmanager:name[:json-key[:stage]]` or `ssm:/name`.", {
        max: 2048,
        example: "secretsmanager:category/db:password",
        becomes: "AWS::ECS::TaskDefinition ContainerDefinitions.Secrets, the execution role's permission on exactly this",
      }),
    ),
  }),
);

const dependencyTypes = [
  "aws_dynamodb_table",
  "aws_s3_bucket",
  "aws_sqs_queue",
  "aws_sns_topic",
  "aws_msk_cluster",
  "aws_rds_instance",
  "aws_elasticache",
  "aws_efs_file_system",
  "aws_secretsmanager_secret",
  "aws_ssm_parameter",
  "service",
] as const;

export const dependencies = list(
  "What it uses; becomes permissions of the task role, openings of security groups and environment variables.",
  object(
    "One dependency.",
    {
      type: required(choice("What kind of thing it is.", dependencyTypes)),
      name: required(text("Its name.", { max: 255, example: "${ENV}-category-cache" })),
      access: choice("What may be done with it.", ["read", "write", "read_write"], { otherwise: "read" }),
      permissions: list(
        "Exactly these actions, instead of access.",
        text("An IAM action.", { pattern: /^[a-z0-9-]+:[A-Za-z*]+$/, form: "service:Action" }),
        {
          min: 1,
          example: ["s3:PutObject"],
        },
      ),
      arn: arn("Its ARN, when it does not follow from the name.", "arn:aws:dynamodb:us-east-1:123456789012:table/cache"),
      endpoint: text("Its address, when it is not to be looked up.", { max: 1024 }),
      kmsKey: arn(
        "The key it is encrypted with.",
        "arn:aws:kms:us-east-1:123456789012:key/0e1f2a3b",
        "kms:Decrypt (and GenerateDataKey) on this key",
      ),
      as: text("Prefix of its environment variables.", { ...variableName, otherwise: "its name, upper-cased, without ${ENV}-" }),
      port: integer("Its port.", 1, 65_535),
      securityGroup: text("Its security group.", { pattern: /^sg-[0-9a-z]+$/, form: "a security group's id (sg-…)" }),
      manageIngress: boolean("Whether this stack opens the foreign security group.", {
        default: false,
        becomes: "AWS::EC2::SecurityGroupIngress",
      }),
      topics: list("Topics of an MSK cluster.", text("A topic or pattern.", { max: 249 })),
      groups: list("Consumer groups of an MSK cluster.", text("A group or pattern.", { max: 249 })),
      managed,
    },
    {
      alternatives: [[["access"], ["permissions"]]],
      moved: { attributes: "managed.partitionKey", keySchema: "managed.sortKey" },
    },
  ),
);

export const iam = object("Roles and permissions beyond what follows from the rest.", {
  taskRoleArn: arn(
    "An existing role instead of a generated task role.",
    "arn:aws:iam::123456789012:role/app",
    "AWS::ECS::TaskDefinition TaskRoleArn",
  ),
  executionRoleArn: arn(
    "An existing role instead of a generated execution role.",
    "arn:aws:iam::123456789012:role/execution",
    "AWS::ECS::TaskDefinition ExecutionRoleArn",
  ),
  managedPolicies: list("Managed policies of the task role.", arn("A managed policy.", "arn:aws:iam::aws:policy/AmazonSESFullAccess"), {
    max: 10,
    becomes: "AWS::IAM::Role ManagedPolicyArns",
  }),
  policyStatements: list(
    "Further statements of the task role's policy.",
    object("One statement.", {
      sid: text("Its name.", { pattern: /^[A-Za-z0-9]+$/, form: "letters and digits" }),
      effect: choice("Whether it allows or denies.", ["Allow", "Deny"], { default: "Allow" }),
      actions: required(
        list("Actions.", text("An IAM action.", { pattern: /^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$/, form: "service:Action" }), { min: 1 }),
      ),
      resources: required(list("Resources.", text("An ARN or pattern."), { min: 1 })),
      conditions: record("Conditions.", any("An IAM condition.")),
    }),
  ),
});

export const overrides = list(
  "The way out: patches on the generated template. One that hits nothing is an error.",
  object("One patch.", {
    path: required(
      text("JSON pointer into the template.", {
        pattern: /^\/.+/,
        form: "a path like /Resources/TargetGroup/Properties/Port",
        example: "/Resources/TargetGroup/Properties/Port",
      }),
    ),
    value: required(any("The value to put there; null removes.")),
  }),
);

export const capacity = list(
  "How tasks are shared between on-demand and spot capacity.",
  object("One share.", {
    provider: required(choice("The capacity provider.", ["FARGATE", "FARGATE_SPOT"])),
    base: integer("Tasks it runs before weights count.", 0, 100_000, { default: 0 }),
    weight: integer("Its part of the tasks beyond the base.", 0, 1000, { default: 1 }),
  }),
  { min: 1, max: 2, otherwise: "FARGATE", becomes: "AWS::ECS::Service CapacityProviderStrategy" },
);
