/** Codes FSD14xx: network, load balancer and health. */
import { type CodeEntry, error, warning } from "../code-entry.ts";

export const networkCodes = {
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
  FSD1415: error(
    "Two containers on one port",
    "The containers of a task share one network interface: only one of them can listen on a port.",
    "Let one of them listen elsewhere.",
  ),
} as const satisfies Record<string, CodeEntry>;
