import type { FailureCode } from "../failures.ts";
import type { FailurePage } from "./failure-page.ts";

/** FSD8xxx: a deployment, its image, and what it leaves. */
export const deploymentPages = {
  FSD8001: {
    why: "The environment's stack could not be brought to where its document says, or a stack is there without what it should hold, so that nothing can be deployed into it. (A service whose deployment fails is no error of the command: it ends with the diagnosis.)",
    fix: "The reason names the resource; mend it and deploy again. What CloudFormation had begun is rolled back.",
    said: {
      message: "the environment's stack fsd-prod is UPDATE_ROLLBACK_COMPLETE: Nat: The maximum number of addresses has been reached",
      hint: "aws cloudformation describe-stack-events --stack-name fsd-prod",
    },
  },
  FSD8002: {
    why: "There is no image to run: none is named and none is live, the one that is named is not in its registry, or it would have to be built, which `fsd deploy` does for `local` only.",
    fix: "Push the image and name it by `--version` or `--image`.",
    said: {
      message: "there is no image orders:1.4.2 in the registry of 222222222222 in eu-central-1",
      hint: "push it first, or choose another --version",
    },
  },
  FSD8003: {
    why: "The folder that `build` names, its Dockerfile, or a file in it cannot be read, so no image was made and nothing of the service was changed.",
    fix: "Correct `build.context` and `build.dockerfile`, or the permissions. What need not be in the image goes into `.dockerignore`.",
    said: {
      message: "there is no Dockerfile in the build context /home/ada/shop/api",
      hint: "build.context names the folder, build.dockerfile the Dockerfile in it",
    },
  },
  FSD8004: {
    why: "CloudFormation could not delete the stack, or may not: a resource is in use elsewhere or not empty, or the stack is protected.",
    fix: "Mend what the reason names and delete again. A protected stack is freed by the command in the hint, when nothing in it is needed any more.",
    said: {
      message: "the stack fsd-prod-orders could not be deleted (DELETE_FAILED): SecurityGroup: resource sg-0123 has a dependent object",
    },
  },
  FSD8005: {
    why: "On `local` the values of secrets come from a file of yours, and it lacks one, contradicts itself, or holds another form than the keys that are read from it. Nothing was changed.",
    fix: "Write the lines that the hint shows into the file that it names.",
    said: {
      message: "DB_PASSWORD and another line give secretsmanager:db:password different values",
      hint: "give both the same value",
    },
  },
  FSD8006: {
    why: "ECS did not take the task, or the machine of the job did not begin its run. The message says how many tasks had begun.",
    fix: "Follow the reason. Where capacity lacks, try again later or in other subnets.",
    said: {
      message: "ECS cannot run report: Capacity is unavailable at this time; no task was started",
      hint: "try again later, or in other subnets when it is capacity that lacks",
    },
  },
  FSD8007: {
    why: "The environment takes only images that are live in the one its `promoteFrom` names, and this one is not. It was refused before anything was changed.",
    fix: "Deploy the image there first, or leave `--version` and `--image` out to promote what is live there.",
    said: {
      message: "no image of orders is live in staging: orders in the registry of 222222222222 has none tagged fsd-live-staging",
      hint: "deploy it there first: fsd deploy --env staging --service orders",
    },
  },
  FSD8008: {
    why: "An earlier deployment failed and `deployment.freezeOnFailure` or `protect` keeps everything as it is since then, so that someone looks before the next one.",
    fix: "Find the cause, then `fsd unfreeze SERVICE --env ENV --reason TEXT`.",
    said: {
      message: "orders on prod is frozen since 2026-03-02T10:15:00Z, when a deployment was rolled back: the container exits with 1",
      hint: 'when its cause is gone: fsd unfreeze orders --env prod --reason "…"',
    },
  },
  FSD8009: {
    why: "The scan of the image has found what the environment's `images.scanGate` does not let in. It was refused before anything was changed.",
    fix: "Build the image on what has these mended and push it again.",
    said: {
      message: "the image of orders is not let into prod: 2 critical: CVE-2026-1001 (openssl 3.0.11), CVE-2026-1002 (zlib 1.3)",
      hint: "build it on what has these mended and push it again; prod's images.scanGate says what blocks",
    },
  },
  FSD8010: {
    why: "What would be deleted is of an environment that is protected (`protect: true`): its stacks have CloudFormation's termination protection. It was refused before anything was changed.",
    fix: "If it shall go, delete it with `--force`: the protection of exactly what is deleted is lifted, and that it was approved is recorded. `docs/protection.md` says how protection is withdrawn for good.",
    said: {
      message: "prod is protected: termination protection is on for fsd-prod, fsd-prod-orders",
      hint: "--force lifts the protection of what is named and deletes it; to withdraw it for good take protect out of the document of prod and deploy with --unprotect",
    },
  },
  FSD8011: {
    why: "The service always had a task, the environment is protected, and the manifest now lets it have none: by `desiredCount`, `minCapacity`, or a schedule of `autoScaling`. It was refused before anything was changed.",
    fix: "Let the count and every minimum be at least 1, or deploy with `--force` once: from then on the service is changed like any other.",
    said: {
      message:
        "orders on prod, which is protected, could be left with no task: scaling or a schedule may go down to 0, and it has at least 2 now",
      hint: "if that is what you want, deploy with --force; else let desiredCount and every minCapacity be at least 1",
    },
  },
  FSD8012: {
    why: "The registry says that the image is made for other processors than the task's. It would end with `exec format error`, or never be found for the platform. It was refused before anything was changed.",
    fix: "Build the image for the task's processor, or for both with `docker buildx build --platform linux/amd64,linux/arm64`; or set `resources.architecture` to the one it is made for.",
    said: {
      message:
        "the image of orders is made for arm64, and the task runs on x86_64: 222222222222.dkr.ecr.eu-central-1.amazonaws.com/orders@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      hint: "build it with docker build --platform linux/amd64 and push it to 222222222222.dkr.ecr.eu-central-1.amazonaws.com/orders, or write architecture: arm64 under resources; nothing was changed",
    },
  },
  FSD8013: {
    why: "The environment is protected, and the change set that CloudFormation worked out replaces or deletes a resource that holds data, or that others know the service by (a table, a queue, a load balancer, a name). What is made anew begins empty and has another address. Nothing of the stack was changed.",
    fix: "Look at what the plan calls replaced and take back what causes it (a key schema, a name, a scheme, a subnet), or deploy with `--force`.",
    said: {
      message:
        "the change of orders on prod, which is protected, replaces LoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer), and with it its address",
      hint: "if that is what you want, deploy with --force; nothing of it was changed",
    },
  },
  FSD8014: {
    why: "Somebody has given the service another deployment controller than ECS: CodeDeploy moves its traffic (`CODE_DEPLOY`), or a third party its task sets (`EXTERNAL`). ECS then refuses a new task definition, and the stack would fail and roll back. It was refused before anything was changed; `fsd status` and `fsd logs` go on showing the service.",
    fix: "Deploy it with what has deployed it so far. To have fsd deploy it, give it the controller ECS again (`aws ecs update-service --cluster CLUSTER --service SERVICE --deployment-controller type=ECS`), or delete it and deploy it anew.",
    said: {
      message: "orders on prod has the deployment controller EXTERNAL, so ECS takes no new revision of it",
      hint: "deploy it with what has deployed it so far, or delete the service there and deploy it anew; nothing was changed",
    },
  },
  FSD8015: {
    why: "The service was deployed by blue-green, canary or linear, which have two target groups and move the traffic to the other one with every deployment. The strategy that is wanted now, or `overrides`, leave one, the first, and the template leads every request there at once. As long as the traffic is in the second group, no task stands in the first, and requests would fail until new tasks are healthy there. It was refused before anything of the service was changed.",
    fix: "Deploy a change (of the image, or of a variable) once more with the strategy the service has, without the overrides that take its second group: the traffic is in the first group then. Change the strategy, or add the overrides, with the next deployment.",
    said: {
      message:
        "orders on prod has its traffic in the second of its two target groups, which a rolling deployment gives up: requests would fail",
      hint: "deploy a change (of the image, or of a variable) once more with the strategy it has, which brings the traffic back to the first group, then deploy this; nothing of the service was changed",
    },
  },
  FSD9999: {
    why: "fsd has met something that its authors did not expect. It is no mistake of yours.",
    fix: "Report it with the command you ran and what it printed. What AWS was told before goes on; `fsd status` shows it.",
    said: { message: "Cannot read properties of undefined (reading 'status')" },
  },
} as const satisfies Partial<Record<FailureCode, FailurePage>>;
