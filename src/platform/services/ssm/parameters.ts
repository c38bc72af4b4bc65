/** Putting, reading and deleting parameters. */
import {
  HierarchyLevelLimitExceededException,
  HierarchyTypeMismatchException,
  InvalidAllowedPatternException,
  type Parameter,
  ParameterAlreadyExists,
  ParameterNotFound,
  ParameterPatternMismatchException,
  ParameterVersionNotFound,
  type PutParameterRequest,
} from "@aws-sdk/client-ssm";
import { partitionOf } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations, RequestContext } from "../../gateway/operations.ts";
import { checkName, isTooDeep, parameterArn, readName } from "./names.ts";
import { currentOf, type ParameterKind, type ParameterRecord, type ParameterVersionRecord, type SsmState } from "./records.ts";

const MOST_VERSIONS = 100;
const STANDARD_CHARACTERS = 4096;
const ADVANCED_CHARACTERS = 8192;
const DEFAULT_KEY = "alias/aws/ssm";

const $metadata = {};
const invalid = (message: string) => new AwsFault("ValidationException", message);

export function parameterOperations(state: SsmState): Operations<"ssm"> {
  const { parameters, seal, clock } = state;

  const tierOf = (
    value: string,
    wanted: PutParameterRequest["Tier"],
    before: ParameterVersionRecord | undefined,
  ): "Standard" | "Advanced" => {
    const tier =
      wanted === "Intelligent-Tiering"
        ? value.length > STANDARD_CHARACTERS
          ? "Advanced"
          : "Standard"
        : (wanted ?? before?.tier ?? "Standard");
    if (before?.tier === "Advanced" && tier === "Standard" && wanted === "Standard") {
      throw invalid(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier.",
      );
    }
    if (tier === "Standard" && value.length > STANDARD_CHARACTERS) {
      throw invalid(
        `Standard tier parameters support a maximum parameter value of ${STANDARD_CHARACTERS} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
      );
    }
    if (value.length > ADVANCED_CHARACTERS) {
      throw invalid(`Advanced tier parameters support a maximum parameter value of ${ADVANCED_CHARACTERS} characters.`);
    }
    return tier;
  };

  const versionAfter = (input: PutParameterRequest, type: ParameterKind, before: ParameterRecord | undefined, context: RequestContext) => {
    const { Name = "", Value = "", AllowedPattern } = input;
    const last = before && currentOf(before);
    if (Value === "")
      throw invalid(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1",
      );
    const tier = tierOf(Value, input.Tier, last);
    if (AllowedPattern !== undefined && !patternOf(AllowedPattern).test(Value)) {
      throw new ParameterPatternMismatchException({
        message: `Parameter value, cannot be validated against allowedPattern: ${AllowedPattern}`,
        $metadata,
      });
    }
    const version = (last?.version ?? 0) + 1;
    const record: ParameterVersionRecord = {
      version,
      value: type === "SecureString" ? seal.seal(Value, labelOf(context.region, Name, version)) : Value,
      description: input.Description ?? last?.description,
      allowedPattern: AllowedPattern,
      keyId: type === "SecureString" ? (input.KeyId ?? last?.keyId ?? DEFAULT_KEY) : undefined,
      dataType: input.DataType ?? last?.dataType ?? "text",
      tier,
      labels: [],
      lastModifiedUser: `arn:${partitionOf(context.region)}:iam::${context.account}:root`,
      lastModifiedDate: clock.now(),
    };
    return record;
  };

  const find = (
    text: string,
    region: string,
  ): { parameter: ParameterRecord; version: ParameterVersionRecord; selector?: string } | undefined => {
    const { name, selector } = readName(text);
    const parameter = parameters.get(`${region}|${name}`) ?? parameters.get(`${region}|/${name}`);
    if (parameter === undefined) return undefined;
    if (selector === undefined) return { parameter, version: currentOf(parameter) };
    const version = parameter.versions.find((candidate) => String(candidate.version) === selector || candidate.labels.includes(selector));
    return version === undefined ? undefined : { parameter, version, selector };
  };

  const view = (
    parameter: ParameterRecord,
    version: ParameterVersionRecord,
    decrypt: boolean,
    context: RequestContext,
    selector?: string,
  ): Parameter => ({
    Name: parameter.name,
    Type: parameter.type,
    Value:
      parameter.type === "SecureString" && decrypt
        ? seal.open(version.value, labelOf(context.region, parameter.name, version.version))
        : version.value,
    Version: version.version,
    Selector: selector === undefined ? undefined : `:${selector}`,
    LastModifiedDate: new Date(version.lastModifiedDate),
    ARN: parameterArn(context.region, context.account, parameter.name),
    DataType: version.dataType,
  });

  return {
    PutParameter: (input, context) => {
      const { Name = "", Type, Overwrite = false, Tags } = input;
      checkName(Name);
      if (isTooDeep(Name)) {
        throw new HierarchyLevelLimitExceededException({
          message: "A hierarchy can have a maximum of 15 levels. Count the levels that you are using in your parameter name and try again.",
          $metadata,
        });
      }
      const key = `${context.region}|${Name}`;
      const before = parameters.get(key);
      if (before !== undefined && !Overwrite) {
        throw new ParameterAlreadyExists({
          message: "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
          $metadata,
        });
      }
      if (Overwrite && Tags !== undefined && Tags.length > 0) {
        throw invalid(
          "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
        );
      }
      const type = Type ?? before?.type;
      if (type === undefined) throw invalid("A parameter type is required when you create a parameter.");
      if (before !== undefined && before.type !== type) {
        throw new HierarchyTypeMismatchException({
          message:
            "Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter.",
          $metadata,
        });
      }
      const version = versionAfter(input, type, before, context);
      const tags = before?.tags ?? Object.fromEntries((Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
      parameters.put(key, { name: Name, type, versions: [...(before?.versions ?? []), version].slice(-MOST_VERSIONS), tags });
      return { Version: version.version, Tier: version.tier };
    },

    GetParameter: ({ Name = "", WithDecryption = false }, context) => {
      const found = find(Name, context.region);
      if (found === undefined) throw missing(Name, parameters.has(`${context.region}|${readName(Name).name}`));
      return { Parameter: view(found.parameter, found.version, WithDecryption, context, found.selector) };
    },

    GetParameters: ({ Names = [], WithDecryption = false }, context) => {
      const asked = [...new Set(Names)].map((name) => ({ name, found: find(name, context.region) }));
      return {
        Parameters: asked.flatMap(({ found }) =>
          found === undefined ? [] : [view(found.parameter, found.version, WithDecryption, context, found.selector)],
        ),
        InvalidParameters: asked.filter(({ found }) => found === undefined).map(({ name }) => name),
      };
    },

    DeleteParameter: ({ Name = "" }, { region }) => {
      if (!parameters.delete(`${region}|${readName(Name).name}`)) throw missing(Name, false);
      return {};
    },

    DeleteParameters: ({ Names = [] }, { region }) => {
      const deleted = Names.filter((name) => parameters.delete(`${region}|${readName(name).name}`));
      return { DeletedParameters: deleted, InvalidParameters: Names.filter((name) => !deleted.includes(name)) };
    },
  };
}

/** Where a sealed value belongs. */
export function labelOf(region: string, name: string, version: number): string {
  return `ssm ${region} ${name} ${version}`;
}

function missing(name: string, parameterExists: boolean): Error {
  return parameterExists
    ? new ParameterVersionNotFound({
        message: `Systems Manager could not find version ${readName(name).selector} of ${readName(name).name}. Verify the version and try again.`,
        $metadata,
      })
    : new ParameterNotFound({ message: `Parameter ${name} not found.`, $metadata });
}

function patternOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch {
    throw new InvalidAllowedPatternException({
      message: `The request does not meet the regular expression requirement: ${pattern}`,
      $metadata,
    });
  }
}
