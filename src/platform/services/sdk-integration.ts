/**
 * Any operation of the platform, called as Scheduler's universal targets and Step Functions' SDK integrations name it:
 * the service as in the AWS SDK for Java (`secretsmanager`), the operation in camel case, members in Pascal case.
 */
import type { Call, OperationInput, OperationName, ServiceName } from "../gateway/operations.ts";
import { serviceCatalog } from "../gateway/service-catalog.ts";

/** Services whose APIs begin their members small; those of all others begin with a capital as the integrations' do. */
const smallMembers: ReadonlySet<ServiceName> = new Set(["cloudwatch-logs", "ecr", "ecs", "sfn"]);

const services = new Map((Object.keys(serviceCatalog) as ServiceName[]).map((name) => [name.replaceAll("-", ""), name]));

/** The service an integration names, or undefined when the platform has none of that name. */
export function integratedService(word: string): ServiceName | undefined {
  return services.get(word.replaceAll("-", ""));
}

/** Rejects with what the service refuses; the output has its members in Pascal case. */
export async function callIntegrated(call: Call, service: ServiceName, action: string, input: unknown, region: string): Promise<unknown> {
  const isSmall = smallMembers.has(service);
  const operation = capitalised(action) as OperationName<ServiceName>;
  const shaped = (isSmall ? withKeys(input, lowered) : input) as OperationInput<ServiceName, OperationName<ServiceName>>;
  const output = await call(service, operation, shaped, { region });
  return isSmall ? withKeys(output, capitalised) : output;
}

/** The same value with every key of every object renamed; dates stay dates. */
export function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), withKeys(item, rename)]));
}

/** `runTask` → `RunTask` */
export function capitalised(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** `RunTask` → `runTask` */
export function lowered(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1);
}
