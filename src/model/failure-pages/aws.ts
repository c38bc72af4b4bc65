import type { FailureCode } from "../failures.ts";
import type { FailurePage } from "./failure-page.ts";

/** FSD7xxx: AWS, credentials, environments and stacks. */
export const awsPages = {
  FSD7001: {
    why: "The environment's document names its account, and the credentials are of another. It is refused before any other call is made, so nothing was changed.",
    fix: "Choose the profile of the right account, or correct `environment.account`.",
    said: {
      message: "these credentials are of account 111111111111, the environment prod is in 222222222222",
      hint: "choose another AWS_PROFILE, or correct environment.account",
    },
  },
  FSD7002: {
    why: "AWS has answered, and the answer is no: credentials that are missing or expired, a permission that lacks, a request or template that it does not take. Its own words stand in the message.",
    fix: "Follow them. For credentials log in again or set `AWS_PROFILE`; for a permission ask whoever gives roles to deployments.",
    said: {
      message: "no valid AWS credentials: The security token included in the request is expired",
      hint: "log in, or set AWS_PROFILE",
    },
  },
  FSD7003: {
    why: "Nothing answers where the request went: no network, a wrong `--endpoint`, or a local platform that has ended meanwhile.",
    fix: "Check the network and `--endpoint`. The local platform comes back with `fsd local up`, and goes on with what it had begun.",
    said: {
      message: "the endpoint does not answer: connect ECONNREFUSED 127.0.0.1:4566",
      hint: "fsd local up brings the platform back, and what it had begun goes on; then fsd status",
    },
  },
  FSD7004: {
    why: "Someone else deploys this stack at this moment, or ECS still shifts its traffic. Two deployments at once would undo each other, so this one has changed nothing.",
    fix: "Wait until the other has ended, then deploy again.",
    said: {
      message: "the stack fsd-prod-orders is UPDATE_IN_PROGRESS: another deployment runs",
      hint: "wait until it has ended, then deploy again; fsd status orders --env prod shows how far it is",
    },
  },
  FSD7005: {
    why: "An earlier operation has left the stack in a state that CloudFormation does not update, and fsd could not bring it back by itself: a resource does not go back either. The resources that hold it are named with their reasons.",
    fix: "Mend what the reasons name and deploy again. Where a resource cannot be mended, the command in the hint goes on without it.",
    said: {
      message: "the stack fsd-prod-orders is UPDATE_ROLLBACK_FAILED: Queue: the queue was deleted by hand",
      hint: "mend what the reason names and deploy again, or go on without: aws cloudformation continue-update-rollback --stack-name fsd-prod-orders --resources-to-skip Queue",
    },
  },
  FSD7006: {
    why: "A stack of this name belongs to another service or repository, as its tags say. Deploying would replace what another team runs.",
    fix: "Rename the service. `--take-over` moves the stack to this repository, when that is what is meant.",
    said: {
      message: "the stack fsd-prod-orders is deployed from acme/shop, and this is acme/orders",
      hint: "give the service another name, or deploy with --take-over if it shall be this one's from now on",
    },
  },
  FSD7007: {
    why: "An environment has a document with its account, region and network, and none describes this one. `local` alone is built in.",
    fix: "Correct the name, or give the document with `-f`.",
    said: {
      message: "no document describes the environment stagin",
      hint: "did you mean staging?",
    },
  },
  FSD7008: {
    why: "The template needs identifiers that are looked up where it is deployed (secrets, addresses of databases and clusters) or values of other services (`${service:…}`, dependencies of type `service`), and these are not there. It was looked up before anything was changed.",
    fix: "Create what is missing, deploy the service that is meant, or correct the name in the manifest.",
    said: {
      message: "not found in prod: the secret db (orders)",
      hint: "create what is missing, or correct its name; nothing was changed",
    },
  },
  FSD7009: {
    why: "CloudFormation takes a template of at most 51,200 bytes in a request. It is sent as JSON without spaces, and even so this one is larger. It was refused before anything was changed.",
    fix: "Make the largest resource smaller or split the service; or deploy what `fsd render` prints with `aws cloudformation deploy`, by way of a bucket.",
    said: {
      message: "the template of fsd-prod-orders has 60412 bytes as JSON without spaces, and CloudFormation takes 51200 in a request",
      hint: "most of it (22310 bytes) is AWS::CloudWatch::Dashboard; or deploy it without fsd, by way of a bucket of yours: fsd render --env prod --service orders > fsd-prod-orders.yml && aws cloudformation deploy --template-file fsd-prod-orders.yml --stack-name fsd-prod-orders --s3-bucket <bucket> --capabilities CAPABILITY_NAMED_IAM --tags fsd:service=orders fsd:environment=prod --parameter-overrides ImageUri=<value>",
    },
  },
  FSD7010: {
    why: "Services of other repositories are registered with the environment, and one of them has the requests or the priority that this one would take at the load balancer. It was refused before anything was changed.",
    fix: "Give one of the two another path, host or priority, or delete the other service where it is no longer needed.",
    said: {
      message:
        "orders and shop both answer /orders/* on the internal load balancer of prod; shop is deployed there from github.com/acme/shop and answers /orders/* (priority 21040) on the load balancer internal",
      hint: "give one of them another path or host; nothing was changed",
    },
  },
} as const satisfies Partial<Record<FailureCode, FailurePage>>;
