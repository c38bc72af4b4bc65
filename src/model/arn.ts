/** Amazon Resource Names: `arn:<partition>:<service>:<region>:<account>:<resource>`. */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  /** Empty for global services (IAM). */
  readonly region: string;
  readonly account: string;
  /** All that follows the fifth colon, further colons and slashes included. */
  readonly resource: string;
}

/** Builds an ARN in the partition of `region` (`aws`, `aws-cn`, `aws-us-gov`). */
export function formatArn(service: string, region: string, account: string, resource: string): string {
  return `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;
}

/** Parses an ARN; undefined when the text is not one. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/s.exec(text);
  if (match === null) return undefined;
  const [, partition, service, region, account, resource] = match as unknown as [string, string, string, string, string, string];
  return { partition, service, region, account, resource };
}

/** What follows the last slash: a role's name, a task's id, `items:3` of a task definition; the whole text where it has none. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** The partition a region belongs to. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}
