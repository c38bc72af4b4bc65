/** Approvals, and what is protected, in words. */
import type { KeptApproval } from "../deploy/protection/approval.ts";
import type { StackStatus } from "../deploy/status.ts";

/** `2026-11-29T08:12:03Z by arn:aws:sts::…:assumed-role/dev/ada (asked): updates fsd-prod-items: change TaskDefinition` */
export function approvalText({ at, by, how, force, about }: KeptApproval): string {
  return `${at.slice(0, 19)}Z by ${by} (${how}${force === true ? ", --force" : ""}): ${about}`;
}

export function stackText({ name, status, terminationProtection }: StackStatus): string {
  return `${name} ${status}${terminationProtection ? ", termination protection" : ""}`;
}
