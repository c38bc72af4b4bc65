/** Codes FSD18xx: environments, and what `local` or a network of one lacks. */
import { type CodeEntry, error, info, warning } from "../code-entry.ts";

export const environmentsCodes = {
  FSD1801: error("Unknown environment", "No document describes this environment.", "Give its document with `-f`, or correct the name."),
  FSD1802: error(
    "Network too small or malformed",
    "The VPC's range must hold two or three zones with public and private subnets.",
    "Use a private range from /16 to /22, like 10.0.0.0/16.",
  ),
  FSD1804: warning(
    "No way out",
    "Without NAT or endpoints tasks in private subnets cannot pull images or write logs.",
    "Use nat: single, per-az or endpoints.",
  ),
  FSD1805: error(
    "Built-in environment",
    "`local` is always this machine; its account and network cannot be others.",
    "Rename the environment.",
  ),
  FSD1806: error(
    "Needs Container Insights",
    "The number of running tasks is measured by Container Insights only.",
    "Set `cluster.containerInsights: enabled` in the environment.",
  ),
  FSD1807: error(
    "Not there on local",
    "The local platform has no such service, and no stand-in is given.",
    "Give a stand-in in a document named local: `local: {dependencies: {NAME: host:port}}`.",
  ),
  FSD1808: error(
    "Out of reach",
    "With `nat: endpoints` private subnets reach only what an endpoint leads to: ECR, logs, secrets and parameters of the region, S3, DynamoDB, and what `vpc.endpoints` adds.",
    "Push images to ECR of the region, add the service to `vpc.endpoints`, or use `nat: single`.",
  ),
  FSD1809: error(
    "Image not on local",
    "The local platform pulls from its own registry only. A sidecar that cannot be pulled would be missing from tasks that run, and without its own image, which the manifest or `--image` names, nothing of a service or job runs: its deployment is refused before anything changes.",
    'Give a folder with a Dockerfile as a stand-in in a document named local: `local: {images: {"envoyproxy/envoy:v1": ./envoy}}`; or push the image to the local registry and name it there.',
  ),
  FSD1810: info(
    "Left out on local",
    "The collector that fsd adds for metrics and traces comes from a public registry, which the local platform does not reach. The service runs without it there.",
    "Nothing, unless the telemetry is to be seen on this machine: then give `traces.otlpEndpoint` a collector of your own.",
  ),
  FSD1811: error(
    "Tag not for this environment",
    "`images.tags` of the environment says which tags may be deployed there, and this is none of them. It is refused before anything changes.",
    "Deploy a tag that matches, or name the image by its digest.",
  ),
  FSD1812: error(
    "Hook not on local",
    "The local platform runs no Lambda functions, so a hook that asks one would fail and roll every deployment back.",
    'Give a URL or a command as its stand-in in a document named local: `local: {hooks: {smoke: "http://127.0.0.1:9000/check"}}`.',
  ),
  FSD1813: warning(
    "Environment not described",
    "Documents describe other environments, and nothing speaks of this one, so that none of what they say applies: every value is the usual one.",
    "Correct the name, or give the environment's document with `-f`.",
  ),
  FSD1814: info(
    "Role not on local",
    "The roles of an AWS account are not on this machine, and ECS starts no task whose role it cannot assume. So a role that fsd makes stands in on `local`, with the permissions that follow from the manifest, which nobody is held to there.",
    "Nothing; elsewhere the task runs as the role that is named.",
  ),
} as const satisfies Record<string, CodeEntry>;
