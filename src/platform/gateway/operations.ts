/**
 * The vocabulary every emulated service is typed by: which AWS services the gateway knows, and, for each
 * operation, its input and output. All of it is derived from the SDK clients' own types, so a misspelt field
 * in a handler does not compile. Types only: importing this file loads no SDK client.
 */

/** The SDK module of every service the local platform emulates, by the folder name under `platform/services`. */
export interface ServiceModules {
  "application-auto-scaling": typeof import("@aws-sdk/client-application-auto-scaling");
  cloudformation: typeof import("@aws-sdk/client-cloudformation");
  cloudwatch: typeof import("@aws-sdk/client-cloudwatch");
  "cloudwatch-logs": typeof import("@aws-sdk/client-cloudwatch-logs");
  ec2: typeof import("@aws-sdk/client-ec2");
  ecr: typeof import("@aws-sdk/client-ecr");
  ecs: typeof import("@aws-sdk/client-ecs");
  "elastic-load-balancing-v2": typeof import("@aws-sdk/client-elastic-load-balancing-v2");
  eventbridge: typeof import("@aws-sdk/client-eventbridge");
  iam: typeof import("@aws-sdk/client-iam");
  kms: typeof import("@aws-sdk/client-kms");
  scheduler: typeof import("@aws-sdk/client-scheduler");
  "secrets-manager": typeof import("@aws-sdk/client-secrets-manager");
  servicediscovery: typeof import("@aws-sdk/client-servicediscovery");
  sfn: typeof import("@aws-sdk/client-sfn");
  sns: typeof import("@aws-sdk/client-sns");
  sqs: typeof import("@aws-sdk/client-sqs");
  ssm: typeof import("@aws-sdk/client-ssm");
  sts: typeof import("@aws-sdk/client-sts");
}

/** The folder name of an emulated service; one word per service from gateway to BEHAVIOUR.md. */
export type ServiceName = keyof ServiceModules;

type CommandClasses<Module> = {
  [Key in keyof Module as Key extends `${infer Operation}Command` ? Operation : never]: Module[Key];
};

/** Every operation of a service, as the API names it (`CreateService`). */
export type OperationName<Service extends ServiceName> = keyof CommandClasses<ServiceModules[Service]> & string;

type Invocation<CommandClass> = CommandClass extends new (
  ...args: never[]
) => { resolveMiddleware(...args: never[]): (args: { input: infer Input }) => Promise<{ output: infer Output }> }
  ? { input: Input; output: Output }
  : never;

/** What a caller sends to an operation. */
export type OperationInput<Service extends ServiceName, Operation extends OperationName<Service>> = Invocation<
  CommandClasses<ServiceModules[Service]>[Operation]
>["input"];

/** What an operation answers, without the SDK's own `$metadata`. */
export type OperationOutput<Service extends ServiceName, Operation extends OperationName<Service>> = Omit<
  Invocation<CommandClasses<ServiceModules[Service]>[Operation]>["output"],
  "$metadata"
>;

/** Who asks, for where. Made by the gateway from the request's signature; handed to every handler. */
export interface RequestContext {
  /** Twelve digits; the platform's one account. */
  readonly account: string;
  /** From the signature's credential scope; `us-east-1` when the request is unsigned. */
  readonly region: string;
  /** A UUID; answered as the request id. */
  readonly requestId: string;
  /** Who signed; absent for unsigned requests and calls inside the platform. */
  readonly accessKeyId?: string;
  /** Where the caller reached the platform, `http://127.0.0.1:4566`; absent for calls inside it. */
  readonly origin?: string;
  /** Whether the caller has hung up before its answer: whoever waits before acting asks. Absent for calls inside the platform. */
  readonly isGone?: () => boolean;
}

/** One operation carried out. Throws the SDK's own exception classes, or `AwsFault` for codes the SDK does not model. */
export type Handler<Service extends ServiceName, Operation extends OperationName<Service>> = (
  input: OperationInput<Service, Operation>,
  context: RequestContext,
) => OperationOutput<Service, Operation> | Promise<OperationOutput<Service, Operation>>;

/** The operations a service carries out; what is absent answers with an error that names it. */
export type Operations<Service extends ServiceName> = {
  readonly [Operation in OperationName<Service>]?: Handler<Service, Operation>;
};

/** An emulated service, as the gateway mounts it. */
export interface Provider<Service extends ServiceName = ServiceName> {
  readonly service: Service;
  readonly operations: Operations<Service>;
}

/**
 * Calls an operation inside the platform exactly as a client would over the wire (same validation, same errors),
 * without the wire. CloudFormation's resource types and services that need one another use nothing else.
 */
export type Call = <Service extends ServiceName, Operation extends OperationName<Service>>(
  service: Service,
  operation: Operation,
  input: OperationInput<Service, Operation>,
  context: Pick<RequestContext, "region">,
) => Promise<OperationOutput<Service, Operation>>;
