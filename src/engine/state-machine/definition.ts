/**
 * A state machine as the Amazon States Language writes it (states-language.net, JSONPath form). The nouns are the
 * language's own; what a definition may hold is checked by `read-definition.ts`, so what is here can be trusted.
 */
import type { Json } from "../../kit/json.ts";

export interface Program {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface StateMachineDefinition extends Program {
  readonly Comment?: string;
  /** Seconds a whole execution may take. */
  readonly TimeoutSeconds?: number;
}

export const stateTypes = ["Task", "Choice", "Pass", "Wait", "Succeed", "Fail", "Parallel", "Map"] as const;
export type StateType = (typeof stateTypes)[number];

/** One state. Which members a type has is in `read-definition.ts`; null as a path means "none of it". */
export interface State {
  readonly Type: StateType;
  readonly InputPath?: string | null;
  readonly OutputPath?: string | null;
  readonly Parameters?: Json;
  readonly ResultSelector?: Json;
  readonly ResultPath?: string | null;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  /** Task. */
  readonly Resource?: string;
  readonly TimeoutSeconds?: number;
  readonly TimeoutSecondsPath?: string;
  /** Choice. */
  readonly Choices?: readonly ChoiceRule[];
  readonly Default?: string;
  /** Pass. */
  readonly Result?: Json;
  /** Wait. */
  readonly Seconds?: number;
  readonly SecondsPath?: string;
  readonly Timestamp?: string;
  readonly TimestampPath?: string;
  /** Fail. */
  readonly Error?: string;
  readonly ErrorPath?: string;
  readonly Cause?: string;
  readonly CausePath?: string;
  /** Parallel. */
  readonly Branches?: readonly Program[];
  /** Map; `Iterator` is the older name of `ItemProcessor`, `Parameters` that of `ItemSelector`. */
  readonly ItemProcessor?: Program;
  readonly Iterator?: Program;
  readonly ItemSelector?: Json;
  readonly ItemsPath?: string;
  readonly MaxConcurrency?: number;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  /** Seconds before the first retry; 1 unless given. */
  readonly IntervalSeconds?: number;
  /** 2 unless given. */
  readonly BackoffRate?: number;
  /** 3 unless given; 0 is never. */
  readonly MaxAttempts?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: "FULL" | "NONE";
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath?: string | null;
  readonly Next: string;
}

/** A comparison (`Variable` and one operator) or `And`, `Or`, `Not` of such; only the outermost has `Next`. */
export interface ChoiceRule {
  readonly Next?: string;
  readonly Variable?: string;
  readonly And?: readonly ChoiceRule[];
  readonly Or?: readonly ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly [operator: string]: unknown;
}

/** What each iteration of a Map runs. */
export function iterationOf(state: State): Program | undefined {
  return state.ItemProcessor ?? state.Iterator;
}
