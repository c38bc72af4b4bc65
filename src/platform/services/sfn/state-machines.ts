/** State machines: created, described, changed, listed, checked, tagged, deleted. */
import { readDefinition } from "../../../engine/state-machine/read-definition.ts";
import type { Clock } from "../../../kit/clock.ts";
import type { Ids } from "../../../kit/ids.ts";
import { formatArn, parseArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Call, Operations, RequestContext } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import type { ExecutionRunner } from "./execution-runner.ts";
import { invalidArn, invalidDefinition, invalidToken, machineExists, noExpress, unsupported } from "./faults.ts";
import { integrationOf } from "./integrations/integrations.ts";
import { executionPrefix, type MachineRecord, type SfnRecords } from "./records.ts";
import { checkArn, checkName, mustFindExecution, mustFindMachine, pageSize } from "./requests.ts";

export interface StateMachineDependencies {
  readonly records: SfnRecords;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  /** Reads a machine's role from IAM. */
  readonly call: Call;
  readonly runner: Pick<ExecutionRunner, "stopAll">;
}

export function stateMachineOperations({ records, clock, ids, call, runner }: StateMachineDependencies): Operations<"sfn"> {
  const { machines, ended, history, store } = records;
  const read = (definition: string) => readDefinition(definition, (resource) => integrationOf(resource) !== undefined);
  const check = async (definition: string | undefined, roleArn: string | undefined, { region }: RequestContext): Promise<void> => {
    const reading = definition === undefined ? undefined : read(definition);
    if (reading !== undefined && "problems" in reading) throw invalidDefinition(reading.problems);
    if (roleArn !== undefined) await checkRole(call, roleArn, region);
  };

  return {
    CreateStateMachine: async (input, context) => {
      const { name = "", definition = "", roleArn = "", type = "STANDARD", tags = [] } = input;
      checkName(name);
      if (type !== "STANDARD") throw noExpress();
      refuseUnsupported(input);
      await check(definition, roleArn, context);
      const arn = formatArn("states", context.region, context.account, `stateMachine:${name}`);
      const known = machines.get(arn);
      // Creating the same machine again answers the one there is.
      if (known !== undefined && (known.definition !== definition || known.roleArn !== roleArn)) throw machineExists(arn);
      const machine: MachineRecord = known ?? {
        ...{ arn, name, region: context.region, definition, roleArn, revisionId: ids.uuid(), createdAt: clock.now() },
        tags: Object.fromEntries(tags.map(({ key = "", value = "" }) => [key, value])),
      };
      machines.put(arn, machine);
      return { stateMachineArn: arn, creationDate: new Date(machine.createdAt) };
    },

    UpdateStateMachine: async (input, context) => {
      const { stateMachineArn = "", definition, roleArn } = input;
      const machine = mustFindMachine(records, stateMachineArn);
      refuseUnsupported(input);
      if (definition === undefined && roleArn === undefined) {
        throw new AwsFault("MissingRequiredParameter", "Either the definition, the role ARN, or both must be specified");
      }
      await check(definition, roleArn, context);
      const changed: MachineRecord = {
        ...machine,
        definition: definition ?? machine.definition,
        roleArn: roleArn ?? machine.roleArn,
        revisionId: ids.uuid(),
      };
      machines.put(stateMachineArn, changed);
      return { updateDate: new Date(clock.now()), revisionId: changed.revisionId };
    },

    DescribeStateMachine: ({ stateMachineArn = "" }) => {
      const { arn, name, definition, roleArn, revisionId, createdAt } = mustFindMachine(records, stateMachineArn);
      return {
        ...{ stateMachineArn: arn, name, status: "ACTIVE" as const, definition, roleArn, type: "STANDARD" as const },
        creationDate: new Date(createdAt),
        revisionId,
        loggingConfiguration: { level: "OFF", includeExecutionData: false },
        tracingConfiguration: { enabled: false },
      };
    },

    DescribeStateMachineForExecution: ({ executionArn = "" }) => {
      const execution = mustFindExecution(records, executionArn);
      return {
        ...{
          stateMachineArn: execution.machineArn,
          name: execution.machineName,
          definition: execution.definition,
          roleArn: execution.roleArn,
        },
        updateDate: new Date(machines.get(execution.machineArn)?.createdAt ?? execution.state.startDate),
        revisionId: execution.revisionId,
      };
    },

    ListStateMachines: ({ maxResults, nextToken }, { region, account }) => {
      const all = machines.list(formatArn("states", region, account, "stateMachine:"));
      const page = pageOf(
        all,
        ({ arn }) => arn,
        pageSize(maxResults),
        nextToken,
        () => {
          throw invalidToken();
        },
      );
      return {
        stateMachines: page.items.map(({ arn, name, createdAt }) => ({
          ...{ stateMachineArn: arn, name, type: "STANDARD" as const },
          creationDate: new Date(createdAt),
        })),
        nextToken: page.nextToken,
      };
    },

    /** What still runs is aborted at once; what has ended goes too. Deleting what is not there succeeds, as on AWS. */
    DeleteStateMachine: ({ stateMachineArn = "" }) => {
      checkArn(stateMachineArn);
      if (!machines.has(stateMachineArn)) return {};
      runner.stopAll(stateMachineArn);
      store.transaction(() => {
        for (const { executionArn } of ended.list(executionPrefix(stateMachineArn))) {
          ended.delete(executionArn);
          history.drop(executionArn);
        }
        machines.delete(stateMachineArn);
      });
      return {};
    },

    ValidateStateMachineDefinition: ({ definition = "", type = "STANDARD", maxResults }) => {
      // The only error this operation has.
      if (type !== "STANDARD") throw unsupported("state machines of type EXPRESS");
      const reading = read(definition);
      const problems = "problems" in reading ? reading.problems : [];
      const shown = problems.slice(0, pageSize(maxResults, 100));
      return {
        result: problems.length === 0 ? "OK" : "FAIL",
        diagnostics: shown.map((problem) => ({ severity: "ERROR", ...problem })),
        truncated: shown.length < problems.length,
      };
    },
  };
}

function refuseUnsupported(input: {
  readonly publish?: boolean | undefined;
  readonly loggingConfiguration?: { readonly level?: string | undefined } | undefined;
  readonly tracingConfiguration?: { readonly enabled?: boolean | undefined } | undefined;
  readonly encryptionConfiguration?: { readonly type?: string | undefined } | undefined;
}): void {
  if (input.publish) throw unsupported("versions of state machines");
  if ((input.loggingConfiguration?.level ?? "OFF") !== "OFF") throw unsupported("logs of state machines");
  if (input.tracingConfiguration?.enabled) throw unsupported("traces of state machines");
  if ((input.encryptionConfiguration?.type ?? "AWS_OWNED_KEY") !== "AWS_OWNED_KEY") throw unsupported("keys for state machines");
}

async function checkRole(call: Call, roleArn: string, region: string): Promise<void> {
  const RoleName = parseArn(roleArn)?.resource.split("/").at(-1);
  if (RoleName === undefined) throw invalidArn(roleArn);
  try {
    const { Role } = await call("iam", "GetRole", { RoleName }, { region });
    if (Role?.Arn === roleArn && decodeURIComponent(Role.AssumeRolePolicyDocument ?? "").includes("states.")) return;
  } catch (failure) {
    if (!(failure instanceof Error) || failure.name !== "NoSuchEntityException") throw failure;
  }
  throw new AwsFault(
    "AccessDeniedException",
    "Neither the global service principal states.amazonaws.com, nor the regional one is authorized to assume the provided role.",
  );
}
