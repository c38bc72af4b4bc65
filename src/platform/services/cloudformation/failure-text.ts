/** How CloudFormation words what a resource's API answered: `Resource handler returned message: "…" (RequestToken: …, HandlerErrorCode: …)`. */
import type { Call, ServiceName } from "../../gateway/operations.ts";
import { errorCode } from "../error-code.ts";
import { ResourceFailure } from "../resource-type.ts";

/** The call of one act: remembers which service an error came from, for the text. */
export function attributedCall(call: Call, origins: WeakMap<object, ServiceName>): Call {
  return async (service, operation, input, context) => {
    try {
      return await call(service, operation, input, context);
    } catch (fault) {
      if (typeof fault === "object" && fault !== null) origins.set(fault, service);
      throw fault;
    }
  };
}

export function failureText(fault: unknown, origins: WeakMap<object, ServiceName>, requestToken: string): string {
  const service = typeof fault === "object" && fault !== null ? origins.get(fault) : undefined;
  const message = fault instanceof Error ? fault.message : String(fault);
  const from = service === undefined ? "" : ` (Service: ${SDK_IDS[service] ?? service}, Status Code: ${status(fault)})`;
  return `Resource handler returned message: "${message}${from}" (RequestToken: ${requestToken}, HandlerErrorCode: ${handlerErrorCode(fault, service)})`;
}

function handlerErrorCode(fault: unknown, service: ServiceName | undefined): string {
  if (fault instanceof ResourceFailure) return fault.handlerErrorCode;
  const name = errorCode(fault);
  if (/already|duplicate|exists|InUse/i.test(name)) return "AlreadyExists";
  if (/not\.?found|NoSuch|does ?not ?exist/i.test(name)) return "NotFound";
  if (/access ?denied|unauthorized/i.test(name)) return "AccessDenied";
  if (/throttl/i.test(name)) return "Throttling";
  if (/limit ?exceeded/i.test(name)) return "ServiceLimitExceeded";
  if (/not ?stabili/i.test(name)) return "NotStabilized";
  if (/invalid|validation|malformed|client|parameter/i.test(name)) return "InvalidRequest";
  return service === undefined ? "InternalFailure" : "GeneralServiceException";
}

function status(fault: unknown): number {
  if (typeof fault !== "object" || fault === null) return 400;
  if ("status" in fault && typeof fault.status === "number") return fault.status;
  return "$fault" in fault && fault.$fault === "server" ? 500 : 400;
}

const SDK_IDS: Partial<Record<ServiceName, string>> = {
  "application-auto-scaling": "ApplicationAutoScaling",
  cloudwatch: "CloudWatch",
  "cloudwatch-logs": "CloudWatchLogs",
  ec2: "Ec2",
  ecr: "Ecr",
  ecs: "AmazonECS",
  "elastic-load-balancing-v2": "ElasticLoadBalancingV2",
  iam: "Iam",
  "secrets-manager": "SecretsManager",
  servicediscovery: "ServiceDiscovery",
  ssm: "Ssm",
};
