/** `docs/deployer-permissions.md`: what IAM must permit, as the clients have it. */
import { type Caller, permissions, policyFor } from "./permissions.ts";

const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

/** Who may assume the role: workflows of one repository that run for one environment of GitHub's. */
const trust = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: "arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": "repo:OWNER/REPOSITORY:environment:ENV",
        },
      },
    },
  ],
};

const passRole = {
  Effect: "Allow",
  Action: "iam:PassRole",
  Resource: "arn:aws:iam::ACCOUNT:role/CLOUDFORMATION-ROLE",
  Condition: { StringEquals: { "iam:PassedToService": "cloudformation.amazonaws.com" } },
};

export function permissionsPage(): string {
  const rows = permissions.map(
    ({ action, resources, callers }) =>
      `| \`${action}\` | ${resources.map((one) => `\`${one.replace(/^arn:aws:[a-z]+:(REGION)?:?(ACCOUNT)?:/, "")}\``).join(", ")} | ${callers.join(", ")} |`,
  );
  const readers: readonly Caller[] = ["status", "logs", "approvals"];
  return `# What a deployer must be permitted

Generated from the operations that fsd's AWS clients know (\`src/aws/permissions.ts\`): \`npm run generate\` writes this page. Fill in \`REGION\`,
\`ACCOUNT\`, \`ENV\` and \`CLUSTER\` (\`fsd-ENV\`, unless the environment's document names another); in other partitions than \`aws\` that as well.
Where a resource is \`*\`, IAM takes no narrower one, or the call lists everything.

## A pipeline that deploys

\`fsd deploy\`, with \`roles.cloudFormationRoleArn\` in the environment's document, asks for this and nothing else:

${json(policyFor(["deploy"]))}

and to pass that role, with which CloudFormation makes what the templates hold:

${json(passRole)}

Without \`cloudFormationRoleArn\` CloudFormation acts with the deployer's own permissions, who then needs all that the resources of the
templates ask for (\`fsd render\` shows them), roles among them. So give CloudFormation a role: the deployer's stays as small as this.

Images are built and pushed by whoever builds, which needs \`ecr:GetAuthorizationToken\` and ECR's permissions to push. Repositories may be held
to those that are deployed (\`repository/SERVICE\`), secrets to those the services name. \`GetParameter\`, \`PutParameter\` and
\`DeleteParameter\` are for records of freezes and approvals: \`docs/protection.md\` says which may be denied. \`GetRole\` is asked when ECS cannot
assume a role, to say why; where it is denied, the deployment says less.

## From GitHub, without keys

A role that this environment's workflows assume, with the policy above; \`roles.deployRoleArn\` is for callers who have credentials of their own.

${json(trust)}

## People who look

\`fsd status\`, \`fsd logs\` and \`fsd approvals\`:

${json(policyFor(readers))}

## Each permission

\`iam:PassRole\` covers the roles that fsd makes. Where a job names others (\`iam.taskRoleArn\`, \`iam.executionRoleArn\`), whoever may \`fsd run\` it
needs \`iam:PassRole\` on those as well.

| action | on | verbs |
|---|---|---|
${rows.join("\n")}
`;
}
