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
    "Services wait for each other",
    "Each of them needs the other to be there first.",
    "Break the circle: let one of them take the address as a plain value.",
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
} as const satisfies Record<string, CodeEntry>;
