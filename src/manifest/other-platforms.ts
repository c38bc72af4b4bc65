/** What a service may name as its type or platform without fsd being able to deploy to it, and what to use instead. */

const instead: readonly (readonly [names: RegExp, what: string, use: string])[] = [
  [/^(eks|k8s|kubernetes|gke|aks)$/, "Kubernetes", "deploy it with kubectl or Helm, or write ecs to run it on Fargate"],
  [/^(batch|aws-?batch|job|cron|scheduled-?task)$/, "a job", "write kind: Job, with schedule, timeout and retries"],
  [/^(lambda|serverless|function)$/, "a function", "use AWS SAM, or write ecs if it may run all the time"],
  [/^(ec2|ecs-?ec2|asg)$/, "a fleet of machines", "fsd runs tasks on Fargate: write ecs"],
  [/^(app-?runner|beanstalk|elastic-?beanstalk|lightsail)$/, "another platform of AWS", "write ecs"],
  [/^(step-?functions|sfn)$/, "a state machine", "write kind: Job; timeout, retries and concurrency: forbid make one"],
  [/^(docker|compose|docker-?compose|nomad|swarm|cloud-?run)$/, "another platform", "write ecs, and --env local to run it here"],
];

/** The message and hint for a type that is not `ecs`. */
export function otherPlatform(field: string, name: string): { readonly message: string; readonly hint: string } {
  const found = instead.find(([names]) => names.test(name.toLowerCase().replaceAll("_", "-")));
  return {
    message: `${field} ${JSON.stringify(name.slice(0, 40))} is not supported${found === undefined ? "" : ` (${found[1]})`}: fsd deploys to ECS on Fargate`,
    hint: found?.[2] ?? "write ecs",
  };
}
