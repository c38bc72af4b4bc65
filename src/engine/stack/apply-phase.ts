/**
 * Creating and updating: each resource starts as soon as all it depends on is done, independent ones at the same
 * time. What an update replaces or no longer has is deleted afterwards (`remove-phase.ts`), so that going back is
 * always possible until the new state stands.
 */
import type { Json, JsonObject } from "../../kit/json.ts";
import { evaluateProperties, type Scope } from "./intrinsics.ts";
import { removal } from "./removal.ts";
import { startRemoving, startRemovingAll } from "./remove-phase.ts";
import { resourceChange, touchesResource } from "./resource-change.ts";
import { conform, propertyFault } from "./resource-schema.ts";
import { startReverting } from "./revert-phase.ts";
import type { StackDraft } from "./stack-draft.ts";
import { evaluateOutputs, type Referable, type StackPlan } from "./stack-plan.ts";
import type { Incarnation, StackOutput, StackRecord, StackResource, Target, Work } from "./stack-state.ts";
import type { ResourceDefinition } from "./template.ts";
import { TemplateError } from "./template-error.ts";

const REPLACES = "Requested update requires the creation of a new physical resource; hence creating one.";

/** Marks every resource of the plan as waiting. */
export function startApplying(draft: StackDraft, plan: StackPlan): void {
  const { now } = draft.surroundings;
  for (const [logicalId, { type }] of Object.entries(plan.resources)) {
    const existing = draft.resources[logicalId];
    draft.resources[logicalId] = {
      ...(existing?.current === undefined ? { logicalId, type, status: "CREATE_IN_PROGRESS" as const, timestamp: now } : existing),
      work: { state: "waiting" },
    };
  }
  for (const resource of draft.with(({ current, before }) => current !== undefined && before === undefined))
    draft.change(resource.logicalId, { before: resource.current as Incarnation });
}

/** Starts what can start; completes or gives up when nothing runs any more. */
export function goOnApplying(draft: StackDraft): void {
  const { plan } = draft.surroundings;
  if (plan === undefined) throw new Error("applying needs the plan of the operation's goal");
  if (draft.operation.failure === undefined) startReady(draft, plan);
  const running = draft.with(({ work }) => work?.state === "running");
  if (draft.operation.failure !== undefined) {
    if (running.length === 0) giveUp(draft);
  } else if (running.length === 0) complete(draft, plan);
}

/** Records that the operation cannot succeed and stops what still runs, unless it is to be left as it is. */
export function fail(draft: StackDraft, reason: string): void {
  if (draft.operation.failure !== undefined) return;
  draft.changeOperation({ failure: reason });
  if (draft.operation.onFailure === "DO_NOTHING" && draft.operation.thenDelete !== true) return;
  for (const { work } of draft.with(({ work }) => work?.state === "running"))
    if (work?.token !== undefined) draft.acts.push({ kind: "cancel", token: work.token });
}

/** The properties a resource is to have now, from what the resources before it answer. Throws `TemplateError`. */
function targetOf(logicalId: string, definition: ResourceDefinition, plan: StackPlan, draft: StackDraft, scope: Scope): Target {
  const facts = draft.surroundings.types(definition.type);
  if (facts === undefined) throw new TemplateError(`Template format error: Unrecognized resource types: [${definition.type}]`);
  const { properties, problems } = conform(evaluateProperties(definition.properties, scope), facts.schema);
  if (problems.length > 0) throw new TemplateError(propertyFault(logicalId, problems));
  return {
    type: definition.type,
    // Everything it refers to is done, so nothing in it is unknown.
    properties: properties as JsonObject,
    tags: plan.goal.tags,
    dependsOn: plan.dependencies[logicalId] ?? [],
    deletionPolicy: definition.deletionPolicy,
    updateReplacePolicy: definition.updateReplacePolicy,
    ...(definition.metadata === undefined ? {} : { metadata: definition.metadata }),
  };
}

/** What references to existing resources answer. */
function referable(draft: StackDraft): (logicalId: string) => Referable | undefined {
  return (logicalId) => {
    const current = draft.resources[logicalId]?.current;
    return current === undefined ? undefined : referableIncarnation(current);
  };
}

/** An attribute is what the type reports; failing that, the property of that name. */
export function referableIncarnation({ physicalId, attributes, properties }: Incarnation): Referable {
  return {
    ref: () => physicalId,
    attribute: (name) => attributes[name] ?? attributes[name.replaceAll("/", ".")] ?? (properties[name] as Json | undefined),
  };
}

function startReady(draft: StackDraft, plan: StackPlan): void {
  const scope = plan.scope(referable(draft), draft.surroundings.exports);
  for (const logicalId of plan.order) {
    if (draft.operation.failure !== undefined) return;
    const definition = plan.resources[logicalId];
    if (definition === undefined || draft.resources[logicalId]?.work?.state !== "waiting") continue;
    if (!(plan.dependencies[logicalId] ?? []).every((name) => draft.resources[name]?.work?.state === "done")) continue;
    start(draft, logicalId, definition, plan, scope);
  }
}

function start(draft: StackDraft, logicalId: string, definition: ResourceDefinition, plan: StackPlan, scope: Scope): void {
  const resource = draft.resources[logicalId] as StackResource;
  const { current } = resource;
  const status = current === undefined ? "CREATE" : "UPDATE";
  let target: Target;
  try {
    target = targetOf(logicalId, definition, plan, draft, scope);
  } catch (fault) {
    if (!(fault instanceof TemplateError)) throw fault;
    draft.change(logicalId, { work: { state: "failed" } });
    draft.tell(logicalId, `${status}_FAILED`, { reason: fault.message });
    fail(draft, failureReason(draft));
    return;
  }
  const token = `${draft.operation.token}/${logicalId}/apply`;
  const run = (act: NonNullable<Work["act"]>): void => draft.change(logicalId, { work: { state: "running", act, token, target } });
  if (current === undefined) {
    const imports = draft.operation.imports.includes(logicalId);
    run(imports ? "import" : "create");
    draft.tell(logicalId, imports ? "IMPORT_IN_PROGRESS" : "CREATE_IN_PROGRESS", {
      reason: imports ? "Resource import started." : undefined,
      target,
    });
    draft.acts.push(
      imports
        ? { kind: "import", token, logicalId, target }
        : { kind: "create", token, logicalId, target, recorded: draft.recorded(resource) },
    );
    return;
  }
  const facts = draft.surroundings.types(definition.type);
  const change = facts === undefined ? undefined : resourceChange(current, target, facts);
  const uncertain = current.uncertain === true;
  if (!uncertain && (change === undefined || !touchesResource(change))) {
    draft.change(logicalId, { current: { ...current, ...target }, work: { state: "done", act: "keep" } });
    return;
  }
  if (change?.replacement === "True" || facts?.updatable !== true) {
    if (draft.operation.onFailure === "DO_NOTHING" && !draft.operation.fromScratch) {
      draft.change(logicalId, { work: { state: "failed" } });
      draft.tell(logicalId, "UPDATE_FAILED", { reason: "Replacement type updates not supported on stack with disable-rollback." });
      fail(draft, failureReason(draft));
      return;
    }
    run("replace");
    draft.tell(logicalId, "UPDATE_IN_PROGRESS", { reason: REPLACES, target });
    draft.acts.push({ kind: "create", token, logicalId, target, recorded: draft.recorded(resource) });
  } else {
    run("update");
    draft.tell(logicalId, "UPDATE_IN_PROGRESS", { target });
    draft.acts.push({ kind: "update", token, logicalId, target, current });
  }
}

/** `The following resource(s) failed to create: [A]. The following resource(s) failed to update: [B].` */
export function failureReason(draft: StackDraft): string {
  const failed = draft.with(({ work }) => work?.state === "failed");
  const list = (verb: string, status: RegExp): string[] => {
    const names = failed.filter((resource) => status.test(resource.status)).map(({ logicalId }) => logicalId);
    return names.length === 0 ? [] : [`The following resource(s) failed to ${verb}: [${names.join(", ")}].`];
  };
  return [...list("create", /^CREATE_FAILED/), ...list("import", /^IMPORT_FAILED/), ...list("update", /^UPDATE_FAILED/)].join(" ");
}

function giveUp(draft: StackDraft): void {
  const { operation } = draft;
  // By now the resources that were cancelled have failed, too, and CloudFormation names them all.
  const reason = failureReason(draft) || (operation.failure ?? "");
  if (operation.thenDelete === true) startRemovingAll(draft, "delete", "User Initiated");
  else if (operation.onFailure === "DO_NOTHING") {
    remember(draft);
    draft.finish(operation.kind === "create" ? "CREATE_FAILED" : "UPDATE_FAILED", reason);
  } else if (!operation.fromScratch) startReverting(draft, reason);
  else if (operation.onFailure === "DELETE") startRemovingAll(draft, "delete", `${reason} Delete requested by user.`);
  else {
    remember(draft);
    startRemovingAll(draft, "rollback", `${reason} Rollback requested by user.`);
  }
}

// The goal of a stack that never stood is still what GetTemplate and DescribeStacks show of it.
function remember(draft: StackDraft): void {
  const { goal } = draft.operation;
  if (goal !== undefined && draft.operation.fromScratch) draft.stack = { ...draft.stack, goal };
}

function complete(draft: StackDraft, plan: StackPlan): void {
  const { operation, stack } = draft;
  const imported = new Set<string>();
  const scope = plan.scope(referable(draft), draft.surroundings.exports, imported);
  let outputs: Record<string, StackOutput>;
  try {
    outputs = evaluateOutputs(plan, scope);
    checkExports(draft, stack.outputs, outputs);
    for (const { properties } of Object.values(plan.resources)) evaluateProperties(properties, scope);
  } catch (fault) {
    if (!(fault instanceof TemplateError)) throw fault;
    fail(draft, fault.message);
    giveUp(draft);
    return;
  }
  draft.stack = { ...draft.stack, goal: plan.goal, outputs, imports: [...imported].sort(), wasComplete: true };
  if (operation.kind === "create") {
    draft.forgetBefore();
    draft.finish("CREATE_COMPLETE");
    return;
  }
  draft.enter("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS");
  for (const { logicalId, current, before } of Object.values(draft.resources)) {
    const gone = current !== undefined && !Object.hasOwn(plan.resources, logicalId) ? [current] : [];
    const replaced = before !== undefined && before.physicalId !== current?.physicalId ? [before] : [];
    draft.change(logicalId, {
      removals: [...gone, ...replaced].map((incarnation, index) => removal(draft, logicalId, incarnation, index)),
    });
  }
  draft.changeOperation({ phase: "remove" });
  startRemoving(draft);
}

function checkExports(draft: StackDraft, old: StackRecord["outputs"], outputs: StackRecord["outputs"]): void {
  const { exporter, importers } = draft.surroundings;
  const exported = new Map(
    Object.values(outputs).flatMap(({ exportName, value }) => (exportName === undefined ? [] : [[exportName, value]])),
  );
  for (const name of exported.keys()) {
    const owner = exporter(name);
    if (owner !== undefined && owner !== draft.stack.stackId)
      throw new TemplateError(`Export with name ${name} is already exported by stack ${owner.split("/")[1] ?? owner}.`);
  }
  for (const { exportName, value } of Object.values(old)) {
    if (exportName === undefined || exported.get(exportName) === value) continue;
    const users = importers(exportName);
    const verb = exported.has(exportName) ? "updated" : "deleted";
    if (users.length > 0) throw new TemplateError(`Export ${exportName} cannot be ${verb} as it is in use by ${users.join(" and ")}.`);
  }
}
