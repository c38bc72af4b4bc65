/**
 * What a deployment tells while it goes on: one union for every listener (the live tree, plain lines, JSON lines).
 * `deploy` yields them and prints nothing.
 */
import type { Diagnosis } from "./diagnosis/cause.ts";
import type { ScheduleView } from "./job/schedules.ts";
import type { PlannedChanges } from "./protection/planned-changes.ts";
import type { Pause } from "./service/service-deployment.ts";
import type { TrafficComparison } from "./service/traffic-comparison.ts";

export type StepName = "account" | "environment" | "repository" | "image" | "stack" | "verify" | "monitor";
export type StepState = "running" | "done" | "failed";

export type DeployEvent = { readonly at: string } & (
  | StepEvent
  | ResourceEvent
  | RolloutEvent
  | TaskEvent
  | ServiceMessageEvent
  | PausedEvent
  | TrafficEvent
  | ResumedEvent
  | NoteEvent
  | PlannedEvent
  | DiagnosisEvent
  | OutcomeEvent
);

/** A step of the deployment of `subject`: a service's or job's name, or the environment's stack. */
export interface StepEvent {
  readonly type: "step";
  readonly subject: string;
  readonly step: StepName;
  readonly state: StepState;
  readonly text: string;
}

/** A resource of a stack changed its status. */
export interface ResourceEvent {
  readonly type: "resource";
  readonly subject: string;
  readonly stack: string;
  readonly logicalId: string;
  readonly resourceType: string;
  readonly status: string;
  readonly reason?: string;
}

/** How far one revision of a service is. */
export interface RolloutEvent {
  readonly type: "rollout";
  readonly subject: string;
  /** `family:3` */
  readonly revision: string;
  /** `PRIMARY` or `ACTIVE`. */
  readonly status: string;
  readonly rolloutState: string;
  readonly desired: number;
  readonly running: number;
  readonly pending: number;
  readonly failed: number;
}

/** A task ended in a way it should not have. */
export interface TaskEvent {
  readonly type: "task";
  readonly subject: string;
  readonly taskId: string;
  readonly revision: string;
  readonly stopCode: string;
  readonly stoppedReason: string;
  readonly exitCode?: number;
  /** The container's own, as `OutOfMemoryError: …`. */
  readonly reason?: string;
  /** The one of its last lines that says most about the end. */
  readonly tellingLine?: string;
}

/** A service event of ECS, in its own words. */
export interface ServiceMessageEvent {
  readonly type: "service-event";
  readonly subject: string;
  readonly message: string;
}

/** The deployment waits at a PAUSE hook until someone says how to go on (`fsd promote`, `fsd abort`), or its time is up. */
export interface PausedEvent extends Omit<Pause, "hookId"> {
  readonly type: "paused";
  readonly subject: string;
}

/** While it is paused: what requests to the old and to the new revision came to since the deployment began. */
export interface TrafficEvent extends TrafficComparison {
  readonly type: "traffic";
  readonly subject: string;
}

/** It waits there no longer: someone said how to go on, or its time was up. */
export interface ResumedEvent {
  readonly type: "resumed";
  readonly subject: string;
  /** `POST_TEST_TRAFFIC_SHIFT` */
  readonly stage: string;
}

export interface NoteEvent {
  readonly type: "note";
  readonly subject: string;
  readonly text: string;
}

/** In a protected environment, before it is approved: what will change of a stack. */
export interface PlannedEvent extends PlannedChanges {
  readonly type: "planned";
  readonly subject: string;
  readonly stack: string;
}

export interface DiagnosisEvent {
  readonly type: "diagnosis";
  readonly subject: string;
  readonly diagnosis: Diagnosis;
}

export type Outcome =
  /** The requested revision is live. */
  | "live"
  /** It was already. */
  | "unchanged"
  /** The previous revision serves. */
  | "rolled-back"
  | "failed"
  /** fsd stopped watching; the deployment may go on. */
  | "interrupted";

export interface OutcomeEvent {
  readonly type: "outcome";
  readonly subject: string;
  readonly outcome: Outcome;
  readonly stack: string;
  readonly stackStatus: string;
  /** What serves now, when something does. */
  readonly liveRevision?: string;
  readonly running?: number;
  readonly url?: string;
  readonly healthUrl?: string;
  readonly docsUrl?: string;
  /** Of a job: when it runs next, and whether a machine (with its timeout, retries and `concurrency`) runs it. */
  readonly job?: { readonly schedules: readonly ScheduleView[]; readonly machine: boolean };
  readonly seconds: number;
}

/** An event as it is told; `at` is added where it is yielded. */
export type Told = DeployEvent extends infer Event ? (Event extends { readonly at: string } ? Omit<Event, "at"> : never) : never;
export type Tell = (event: Told) => void;
