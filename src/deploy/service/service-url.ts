/**
 * Where a service is reached. On AWS the stack's output says it. On `local` the load balancer's listener has a real
 * port of this machine, which the platform tells as the tag `aws:fsd:host-port` of the listener.
 */
import type { Aws } from "../../aws/aws.ts";
import type { StackView } from "../stack/stack.ts";

export interface ServiceUrls {
  readonly url: string;
  readonly healthUrl?: string;
  readonly docsUrl?: string;
}

/** The URLs of a service's stack; undefined for a worker, or while there is no listener yet. */
export async function serviceUrls(aws: Aws, stack: StackView, local: boolean): Promise<ServiceUrls | undefined> {
  const { Url, HealthUrl, DocsUrl, TargetGroupArn } = stack.outputs;
  const origin = local && TargetGroupArn !== undefined ? await hostOrigin(aws, stack) : undefined;
  if (origin === undefined && Url === undefined) return undefined;
  const here = (address: string): string => (origin === undefined ? address : origin + pathOf(address));
  return {
    url: here(Url ?? "/").replace(/\/$/, ""),
    ...(HealthUrl === undefined ? {} : { healthUrl: here(HealthUrl) }),
    ...(DocsUrl === undefined ? {} : { docsUrl: here(DocsUrl) }),
  };
}

function pathOf(address: string): string {
  return URL.canParse(address) ? new URL(address).pathname : address.startsWith("/") ? address : `/${address}`;
}

async function hostOrigin(aws: Aws, stack: StackView): Promise<string | undefined> {
  const { StackResources = [] } = await aws.cloudFormation.describeStackResources({ StackName: stack.id });
  const listener = StackResources.find(({ LogicalResourceId }) => LogicalResourceId === "LocalListener")?.PhysicalResourceId;
  if (listener === undefined) return undefined;
  const { TagDescriptions = [] } = await aws.elb.describeTags({ ResourceArns: [listener] });
  const port = TagDescriptions.flatMap(({ Tags = [] }) => Tags).find(({ Key }) => Key === "aws:fsd:host-port")?.Value;
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}
