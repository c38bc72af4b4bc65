/** A role of a document's stack: below the environment's path, within its permissions boundary, with the document's tags. */
import { tagList } from "../tags.ts";
import { getAtt, type Value } from "../template.ts";
import type { ServiceContext } from "./context.ts";

export interface RoleContent {
  /** The logical id. */
  readonly name: string;
  /** Of what it is for; the stack's own name is added. */
  readonly description: string;
  /** Who may take it on. */
  readonly trust: Value;
  /** Name of the policy that holds the statements. */
  readonly policyName: string;
  readonly statements: readonly Value[];
  /** ARNs of managed policies. */
  readonly managed?: readonly Value[];
}

/** Adds the role to the template; answers its ARN. */
export function addRole({ name, description, trust, policyName, statements, managed = [] }: RoleContent, context: ServiceContext): Value {
  const { environment, template, tags } = context;
  const { rolePath, permissionsBoundaryArn } = environment.roles;
  template.resource(name, {
    Type: "AWS::IAM::Role",
    Properties: {
      Description: `${description}: ${context.name} in ${environment.name}`,
      Path: rolePath,
      AssumeRolePolicyDocument: trust,
      ...(permissionsBoundaryArn === undefined ? {} : { PermissionsBoundary: permissionsBoundaryArn }),
      ...(managed.length === 0 ? {} : { ManagedPolicyArns: managed }),
      ...(statements.length === 0
        ? {}
        : { Policies: [{ PolicyName: policyName, PolicyDocument: { Version: "2012-10-17", Statement: statements } }] }),
      Tags: tagList(tags),
    },
  });
  return getAtt(name, "Arn");
}
