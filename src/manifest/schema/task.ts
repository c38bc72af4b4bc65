/** What a service and a job say of their task: its size, its image, what it runs, its environment variables and its capacity. */
import { choice, integer, list, object, record, required, text } from "./field.ts";

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

/** How an environment variable is called. */
export const variableName = {
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

export const capacity = list(
  "How tasks are shared between on-demand and spot capacity.",
  object("One share.", {
    provider: required(choice("The capacity provider.", ["FARGATE", "FARGATE_SPOT"])),
    base: integer("Tasks it runs before weights count.", 0, 100_000, { default: 0 }),
    weight: integer("Its part of the tasks beyond the base.", 0, 1000, { default: 1 }),
  }),
  { min: 1, max: 2, otherwise: "FARGATE", becomes: "AWS::ECS::Service CapacityProviderStrategy" },
);
