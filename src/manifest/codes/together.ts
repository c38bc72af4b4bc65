/** Codes FSD17xx: documents that contradict or miss each other, and what the organisation forbids. */
import { type CodeEntry, error } from "../code-entry.ts";

export const togetherCodes = {
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
    "Waiting in a circle",
    "Services, or the containers of one task, each need the other to be there first.",
    "Break the circle: let one service take the address as a plain value, or one container start first.",
  ),
  FSD1705: error("Dependency is not there", "No service of this name is known.", "Correct the name, or give its manifest along with `-f`."),
  FSD1706: error(
    "Guardrail broken",
    "The organisation's Defaults document forbids it.",
    "Follow the reason that is named, or talk to the owner of the rule.",
  ),
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
  FSD1709: error(
    "Two stacks make one thing",
    "A queue, table, bucket, topic, log group or discovery name exists once, so the second stack that creates it fails.",
    "Let one of them create it and the other only use it, or name it differently.",
  ),
} as const satisfies Record<string, CodeEntry>;
