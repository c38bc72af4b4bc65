/**
 * The one registry of what can be wrong with a manifest. A code never changes its meaning and is never used again.
 * FSD10xx the file · 11xx the shape · 12xx sizes and counts · 13xx values · 14xx network and health · 15xx deployment ·
 * 16xx permissions and secrets · 17xx documents together · 18xx environments · 19xx the template.
 * `docs/errors/` is generated from it.
 */
import { type CodeEntry, error, info, warning } from "./code-entry.ts";

export const codes = {
  FSD1001: error(
    "No manifest there",
    "The file, folder or glob given does not exist, cannot be read, or holds no manifest.",
    "Give an existing file with `-f`, or put the manifest into `fsd.yml`, `fsd/` or `*.fsd.yml`.",
  ),
  FSD1002: error(
    "File too large",
    "A manifest has a few hundred lines. Files over 1 MiB are refused without being read.",
    "Give the manifest itself; split it into several files if it has really grown that large.",
  ),
  FSD1003: error(
    "Not a text file",
    "A manifest is YAML in UTF-8. The file holds bytes that are not.",
    "Give a text file; save it as UTF-8.",
  ),
  FSD1004: error(
    "YAML syntax",
    "The file is not YAML, so nothing in it can be understood.",
    "Mend the line that is named; indentation and unquoted `:` or `@` are the usual reasons.",
  ),
  FSD1005: error(
    "Key given twice",
    "Of two equal keys in one map only one could count, and nobody could tell which.",
    "Remove one of them.",
  ),
  FSD1006: error(
    "Tab in the indentation",
    "YAML forbids tabs in indentation, because their width is nobody's agreement.",
    "Indent with spaces.",
  ),
  FSD1007: error(
    "Aliases expand too far",
    "Aliases of aliases can make a small file as large as memory.",
    "Write the values out, or use fewer aliases.",
  ),
  FSD1008: error(
    "Nested too deeply",
    "No field of a manifest lies that deep; reading on could exhaust the stack.",
    "Flatten the document.",
  ),
  FSD1009: error(
    "Unknown alias",
    "The alias names an anchor that stands nowhere before it.",
    "Define the anchor before the alias, or write the value out.",
  ),
  FSD1010: error(
    "Empty manifest",
    "The file holds no document.",
    "Begin with `apiVersion: fsd/v1` and `kind: Service`; `fsd init` writes one.",
  ),
  FSD1011: error(
    "Not a document of fsd",
    "A document is a map that begins with `apiVersion: fsd/v1` and a `kind`.",
    "Add `apiVersion: fsd/v1` and `kind: Service | Job | Environment | Defaults`.",
  ),
  FSD1012: error(
    "Unknown apiVersion",
    "This version of fsd reads `fsd/v1`.",
    "Write `apiVersion: fsd/v1`, or use the version of fsd that knows this one.",
  ),
  FSD1013: error("Unknown kind", "The kind decides how a document is read.", "Use Service, Job, Environment or Defaults."),
  FSD1014: error(
    "Tag not understood",
    "YAML tags like `!Ref` have no meaning in a manifest.",
    "Write the plain value; `${…}` refers to values, `overrides` reaches the template.",
  ),
  FSD1015: error("Key is not a text", "Keys of a manifest are names.", "Use a plain name as key."),
  FSD1016: error(
    "Too much in one file",
    "A file with tens of thousands of words is no manifest, or too many of them.",
    "Split it into several files.",
  ),
  FSD1017: error(
    "More mistakes than can be listed",
    "After a few hundred mistakes in one file the rest are not listed.",
    "Mend the ones that are listed first; is it the right file?",
  ),

  FSD1101: error(
    "Unknown field",
    "A field that fsd does not know would have no effect, and you would believe that it had.",
    "Correct the spelling; `fsd explain` lists the fields.",
  ),
  FSD1102: error(
    "Wrong type",
    "The field holds another kind of value.",
    "Give the type that is named; quote texts that look like numbers.",
  ),
  FSD1103: error("Field missing", "The document cannot work without it.", "Add the field."),
  FSD1104: error("Not one of the choices", "The field takes one of a few words.", "Use one of the words that are listed."),
  FSD1105: error("Out of range", "AWS refuses a value outside this range.", "Choose a value within the range."),
  FSD1106: error("Malformed text", "The text has not the form that AWS or fsd needs.", "Write it in the form that is named."),
  FSD1107: error(
    "Alternatives given together",
    "These fields say the same thing in different ways; together they contradict each other.",
    "Keep one of them.",
  ),
  FSD1108: info("Old spelling", "The field is understood under its old name.", "Rename it; `fsd fmt --upgrade` does."),
  FSD1109: error("Number of items", "The list is shorter or longer than AWS accepts.", "Add or remove items."),
  FSD1110: error("Type of service not supported", "fsd deploys to ECS on Fargate and nothing else.", "Write `type: ecs`."),
  FSD1111: error(
    "Field has no meaning here",
    "The field belongs to another type of dependency, strategy or kind and would have no effect.",
    "Remove it.",
  ),
  FSD1112: error("Fields belong together", "One of these fields needs the other.", "Add the one that is named, or remove both."),
  FSD1113: error(
    "Schedule not understood",
    "AWS's cron has six fields, weekdays from 1 for Sunday, and a ? for one of the two days; a rate is a number and a unit.",
    "Write `0 20 * * ? *`, `0 6 ? * MON-FRI *` or `5 minutes`.",
  ),
  FSD1114: error("Unknown time zone", "Schedules know the IANA list of time zones.", "Use a name like `Europe/Berlin` or `UTC`."),

  FSD1201: error(
    "Desired count outside its bounds",
    "Application Auto Scaling moves the count into its bounds at once, so the desired count would never hold.",
    "Choose minCapacity ≤ desiredCount ≤ maxCapacity.",
  ),
  FSD1203: error(
    "Memory is not a Fargate size for this CPU",
    "Fargate sells fixed pairs of CPU and memory, and refuses a task definition with any other.",
    "Use one of the sizes that are named.",
  ),
  FSD1204: error(
    "A singleton is not scaled",
    "A singleton is one task, never two; a count above one or a scaling rule contradicts that.",
    "Remove the counts and the scaling, or remove `singleton`.",
  ),
  FSD1205: error(
    "Memory without CPU",
    "Which memory sizes exist depends on the CPU, so memory alone decides nothing.",
    "Add `cpu`, or use `size`.",
  ),
  FSD1207: error(
    "Scaling that can never act",
    "minCapacity equals maxCapacity, so no rule could change the count.",
    "Raise maxCapacity, or remove autoScaling.",
  ),
  FSD1208: error(
    "Nothing brings the service back from zero",
    "Without tasks there is no CPU, memory or request metric, so a rule on them can never start one again.",
    "Keep minCapacity at 1, or scale on a queue, or add a schedule that raises the minimum.",
  ),
  FSD1209: error(
    "Capacity shares do not add up",
    "A strategy needs at least one weight above zero, and a base on one provider only.",
    "Give each provider a weight, and the base to one of them.",
  ),

  FSD1210: error(
    "Containers need more than the task has",
    "Sidecars and the collector take their CPU and memory from the task's, and a container is killed for memory that is not there.",
    "Give `resources` a larger size, or the sidecars less.",
  ),
  FSD1211: warning(
    "Image of another architecture",
    "The image's name says another processor than the task's; such a container ends with `exec format error`.",
    "Set `resources.architecture`, or use the image for the architecture that is set.",
  ),
  FSD1212: warning(
    "Weights never count",
    "The base of one provider is as large as the service can become, so no task is ever shared out by weight.",
    "Use a smaller base, or name one provider alone.",
  ),
  FSD1213: warning(
    "Queue that may not be read",
    "The service grows with the queue, but nothing permits its tasks to receive from it, so the queue would only grow.",
    "Add the queue to `dependencies`.",
  ),

  FSD1301: error(
    "Unknown value",
    "`${…}` names something that fsd does not know.",
    "Use one of the values that are listed; `$${` writes a literal `${`.",
  ),
  FSD1302: error(
    "Value is not set",
    "The value has no content here, and an empty one would do harm later.",
    "Set it, or give a fallback: `${env:NAME:-fallback}`.",
  ),
  FSD1303: error("`${` is never closed", "The reference has no end.", "Close it with `}`, or write `$${` for a literal `${`."),
  FSD1304: error(
    "Value cannot be used here",
    "The value is known only when the stack is deployed, so it cannot decide this field.",
    "Use a plain value here.",
  ),
  FSD1305: error(
    "Override not understood",
    "An override is `path=value`, a setting `KEY=VALUE`.",
    "Write `--override service.resources.cpu=2048` or `--set LOG_LEVEL=DEBUG`.",
  ),

  FSD1401: error(
    "Timeout not below interval",
    "A check must end before the next begins; AWS refuses the target group.",
    "Make the timeout smaller than the interval.",
  ),
  FSD1402: warning(
    "Port without a health check",
    "The load balancer will ask `/health` and expects status 200; a service that answers otherwise never becomes healthy.",
    "Write `healthCheck: {path: …}`, even if it is `/health`.",
  ),
  FSD1403: warning(
    "Grace period shorter than the start",
    "The container may say that it is still starting when ECS already replaces it.",
    "Make gracePeriod at least startPeriod.",
  ),
  FSD1404: warning(
    "Draining outlasts the stop",
    "Connections are let go of after the deregistration delay; a longer one only makes every deploy slower.",
    "Make deregistrationDelay as long as the longest request, usually 30 s.",
  ),
  FSD1405: error(
    "Needs a port",
    "Only a service with a port has a load balancer, a health check of it, or anything to discover.",
    "Add `port`, or remove the field.",
  ),
  FSD1406: warning(
    "Public address",
    "With `vpc: false` every task has a public address and only its security group protects it.",
    "Prefer `vpc: true`.",
  ),
  FSD1407: error(
    "Wrong Exec setting",
    "ECS Exec writes into the container's file system, which `readonlyRootFilesystem` forbids.",
    "Turn one of them off.",
  ),
  FSD1408: warning(
    "Public load balancer without certificate",
    "Everything that passes, passwords included, is readable on the way.",
    "Give the environment's load balancer a certificate.",
  ),
  FSD1409: error(
    "Load balancer not there",
    "The environment has no load balancer of this kind, or none that can do what is asked: a certificate of the service's own needs a load balancer that speaks HTTPS, a public one two public subnets.",
    "Add it to the environment's `loadBalancers`, give that one a certificate, or change `internal` or `dedicated`.",
  ),
  FSD1411: error(
    "Path not understood",
    "A path pattern of a load balancer begins with `/`, has at most 128 characters and 5 wildcards.",
    "Write it like `/orders/*`.",
  ),
  FSD1412: error("Internal needs the VPC", "An internal load balancer reaches tasks in private subnets.", "Set `vpc: true`."),

  FSD1413: warning(
    "Requests cut off by draining",
    "A load balancer closes what is still open when the deregistration delay ends; clients see 502.",
    "Make the delay as long as the load balancer's idle timeout, or that one shorter.",
  ),
  FSD1414: warning(
    "Draining longer than Spot allows",
    "Two minutes after its notice a Spot task is gone, whatever it still had to do.",
    "Drain for 120 s or less, or use FARGATE.",
  ),

  FSD1501: error(
    "The bounds can never move",
    "minimumHealthyPercent and maximumPercent, rounded, leave room neither to start a task nor to stop one: the deployment would hang.",
    "Lower minimumHealthyPercent or raise maximumPercent as the message says.",
  ),
  FSD1502: error(
    "Bake time has no meaning here",
    "ECS bakes blue-green, canary and linear deployments only.",
    "Remove it, or use a strategy that bakes; `deployment.alarms` guard a rolling deployment.",
  ),
  FSD1503: error(
    "Deployment would outlast its limit",
    "CloudFormation gives up on a staged deployment after 36 hours, and takes none that would bake for more than 33; that leaves three for the tasks themselves.",
    "Shorten the bake times.",
  ),
  FSD1504: error(
    "Alarm is not defined",
    "A deployment can be guarded only by an alarm of this service.",
    "Define it under `observability.alarms`, or correct the name.",
  ),
  FSD1505: warning(
    "No way back",
    "With the circuit breaker off a version that never starts keeps the deployment going for hours.",
    "Leave the circuit breaker on.",
  ),
  FSD1506: error(
    "Strategy needs a load balancer",
    "Traffic is shifted at the load balancer, so the service needs a port.",
    "Use rolling, or give the service a port.",
  ),
  FSD1507: error(
    "No circuit breaker with this strategy",
    "ECS's circuit breaker watches rolling deployments only.",
    "Remove `circuitBreaker`; the bake time and the alarms guard this strategy.",
  ),
  FSD1508: error(
    "All at once stops everything first",
    "minimumHealthyPercent and maximumPercent of this strategy are 0 and 100.",
    "Remove the percentages, or use rolling.",
  ),
  FSD1509: error(
    "No pause while traffic shifts",
    "ECS lets a deployment pause at every stage that has hooks except TEST_TRAFFIC_SHIFT and PRODUCTION_TRAFFIC_SHIFT, where it only asks functions.",
    "Pause before or after the shift, or ask a function.",
  ),

  FSD1601: warning(
    "Looks like a secret in clear",
    "Everyone who may read the task definition, the template or this file can read it.",
    "Move it to `secrets`.",
  ),
  FSD1602: warning("Permission on everything", "A wildcard gives more than the service needs.", "Name the actions and the resources."),
  FSD1603: error("ARN malformed", "An ARN has six parts: arn:partition:service:region:account:resource.", "Copy it from the AWS console."),
  FSD1604: error(
    "ARN of another account or region",
    "What lies in another account or region is not reachable under this ARN from this environment.",
    "Use `${ACCOUNT}` and `${REGION}`, or put it into the environment's block.",
  ),
  FSD1605: error(
    "Secret not understood",
    "ECS reads secrets from Secrets Manager and SSM Parameter Store.",
    "Write an ARN, `secretsmanager:name[:json-key[:stage]]` or `ssm:/name`.",
  ),
  FSD1606: error(
    "Name given twice",
    "A container has one variable of a name; ECS refuses a secret and a variable, or two secrets, of the same name.",
    "Remove one of them.",
  ),
  FSD1607: info(
    "ARN of another account",
    "On `local` there is only one account, so this ARN is taken as if it were its own.",
    "Nothing; elsewhere it is an error.",
  ),

  FSD1701: error(
    "Two of one name",
    "Stacks, log groups and alarms are named for the service, so two of one name would be one.",
    "Rename one of them.",
  ),
  FSD1702: error(
    "Two services for the same requests",
    "Both would answer the same host and path on one load balancer; the rule with the lower priority would win.",
    "Give one of them another `loadBalancer.path` or `host`.",
  ),
  FSD1703: error(
    "Two rules of one priority",
    "A listener has each priority once, so the second stack would fail.",
    "Set `loadBalancer.priority` of one of them.",
  ),
  FSD1704: error(
    "Services wait for each other",
    "Each of them needs the other to be there first.",
    "Break the circle: let one of them take the address as a plain value.",
  ),
  FSD1705: error("Dependency is not there", "No service of this name is known.", "Correct the name, or give its manifest along with `-f`."),
  FSD1707: error(
    "Not permitted",
    "A service opens its port only to those it names under `networking.ingress`.",
    "Add the consumer to the provider's `networking.ingress`.",
  ),
  FSD1708: error(
    "Nothing to reach",
    "A service without a port listens on nothing, so it has no address to give to others.",
    "Remove the dependency; what only takes messages is reached through its queue.",
  ),
  FSD1706: error(
    "Guardrail broken",
    "The organisation's Defaults document forbids it.",
    "Follow the reason that is named, or talk to the owner of the rule.",
  ),

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
    "The local platform pulls from its own registry only. A sidecar that cannot be pulled would be missing from tasks that run, and without its own image nothing of a service or job runs: its deployment is refused before anything changes.",
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
  FSD1901: error("Name too long", "With the prefixes that keep names apart the name exceeds AWS's limit.", "Shorten the service's name."),
  FSD1902: error(
    "Override patch hits nothing",
    "A patch that finds no place would silently have no effect.",
    "Look the path up in `fsd render`.",
  ),
  FSD1904: error(
    "Resource type not on local",
    "The local platform has no such CloudFormation resource type, so the deployment would fail half-way. It is refused before anything changes.",
    "Leave the field out under `environments.local`, give a stand-in, or deploy elsewhere; `docs/local-support.md` lists what is there.",
  ),
} as const satisfies Record<string, CodeEntry>;

export type Code = keyof typeof codes;
