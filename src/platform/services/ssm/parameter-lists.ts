/** Parameters by path, by filter, and by their history; labels of versions. */
import {
  InvalidFilterKey,
  InvalidFilterOption,
  InvalidFilterValue,
  InvalidNextToken,
  type ParameterHistory,
  ParameterNotFound,
  type ParameterStringFilter,
  ParameterVersionLabelLimitExceeded,
  ParameterVersionNotFound,
} from "@aws-sdk/client-ssm";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { parameterArn, readName } from "./names.ts";
import { labelOf } from "./parameters.ts";
import { currentOf, type ParameterRecord, type SsmState } from "./records.ts";

const MOST_LABELS = 10;

const $metadata = {};
const badToken = (): never => {
  throw new InvalidNextToken({ message: "The specified token isn't valid.", $metadata });
};

export function parameterListOperations({ parameters, seal }: SsmState): Operations<"ssm"> {
  const mustFind = (region: string, text: string): ParameterRecord => {
    const parameter = parameters.get(`${region}|${readName(text).name}`);
    if (parameter === undefined) throw new ParameterNotFound({ message: `Parameter ${text} not found.`, $metadata });
    return parameter;
  };

  return {
    GetParametersByPath: (
      { Path = "", Recursive = false, ParameterFilters = [], WithDecryption = false, MaxResults = 10, NextToken },
      { region, account },
    ) => {
      if (!Path.startsWith("/")) {
        throw new AwsFault(
          "ValidationException",
          `The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can't be prefixed with "aws" or "ssm" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.`,
        );
      }
      const found = parameters
        .list(`${region}|`)
        .filter(({ name }) => isUnder(name, Path, Recursive))
        .filter((parameter) => ParameterFilters.every((filter) => meets(parameter, filter)));
      const page = pageOf(found, ({ name }) => name, MaxResults, NextToken, badToken);
      return {
        Parameters: page.items.map((parameter) => {
          const { version, value, dataType, lastModifiedDate } = currentOf(parameter);
          const isSecret = parameter.type === "SecureString" && WithDecryption;
          return {
            Name: parameter.name,
            Type: parameter.type,
            Value: isSecret ? seal.open(value, labelOf(region, parameter.name, version)) : value,
            Version: version,
            LastModifiedDate: new Date(lastModifiedDate),
            ARN: parameterArn(region, account, parameter.name),
            DataType: dataType,
          };
        }),
        NextToken: page.nextToken,
      };
    },

    DescribeParameters: ({ ParameterFilters, Filters, MaxResults = 50, NextToken }, { region, account }) => {
      if (ParameterFilters !== undefined && Filters !== undefined) {
        throw new AwsFault("ValidationException", "You can use either Filters or ParameterFilters in a single request.");
      }
      // The old filters mean "begins with" for names and equality for the rest.
      const filters =
        ParameterFilters ??
        (Filters ?? []).map(
          ({ Key, Values }): ParameterStringFilter => ({ Key, Values, Option: Key === "Name" ? "BeginsWith" : "Equals" }),
        );
      const found = parameters.list(`${region}|`).filter((parameter) => filters.every((filter) => meets(parameter, filter)));
      const page = pageOf(found, ({ name }) => name, MaxResults, NextToken, badToken);
      return {
        Parameters: page.items.map((parameter) => {
          const current = currentOf(parameter);
          return {
            Name: parameter.name,
            ARN: parameterArn(region, account, parameter.name),
            Type: parameter.type,
            KeyId: current.keyId,
            LastModifiedDate: new Date(current.lastModifiedDate),
            LastModifiedUser: current.lastModifiedUser,
            Description: current.description,
            AllowedPattern: current.allowedPattern,
            Version: current.version,
            Tier: current.tier,
            Policies: [],
            DataType: current.dataType,
          };
        }),
        NextToken: page.nextToken,
      };
    },

    GetParameterHistory: ({ Name = "", WithDecryption = false, MaxResults = 50, NextToken }, { region }) => {
      const parameter = mustFind(region, Name);
      const keyOf = ({ version }: { readonly version: number }) => String(version).padStart(12, "0");
      const page = pageOf(parameter.versions, keyOf, MaxResults, NextToken, badToken);
      return {
        Parameters: page.items.map(
          (version): ParameterHistory => ({
            Name: parameter.name,
            Type: parameter.type,
            KeyId: version.keyId,
            Value:
              parameter.type === "SecureString" && WithDecryption
                ? seal.open(version.value, labelOf(region, parameter.name, version.version))
                : version.value,
            Version: version.version,
            Labels: [...version.labels],
            Description: version.description,
            AllowedPattern: version.allowedPattern,
            LastModifiedDate: new Date(version.lastModifiedDate),
            LastModifiedUser: version.lastModifiedUser,
            Tier: version.tier,
            Policies: [],
            DataType: version.dataType,
          }),
        ),
        NextToken: page.nextToken,
      };
    },

    /** A label names one version; given to another, it moves. */
    LabelParameterVersion: ({ Name = "", ParameterVersion, Labels = [] }, { region }) => {
      const parameter = mustFind(region, Name);
      const wanted = ParameterVersion ?? currentOf(parameter).version;
      if (!parameter.versions.some(({ version }) => version === wanted)) throw versionNotFound(parameter.name, wanted);
      const isValid = (label: string) => /^[a-zA-Z_.-][a-zA-Z0-9_.-]*$/.test(label) && !/^(aws|ssm)/i.test(label);
      const good = Labels.filter(isValid);
      const versions = parameter.versions.map((version) => {
        const others = version.labels.filter((label) => !good.includes(label));
        return { ...version, labels: version.version === wanted ? [...others, ...good] : others };
      });
      if (versions.some(({ labels }) => labels.length > MOST_LABELS)) {
        throw new ParameterVersionLabelLimitExceeded({ message: `A parameter version can have maximum ${MOST_LABELS} labels.`, $metadata });
      }
      parameters.put(`${region}|${parameter.name}`, { ...parameter, versions });
      return { InvalidLabels: Labels.filter((label) => !isValid(label)), ParameterVersion: wanted };
    },

    UnlabelParameterVersion: ({ Name = "", ParameterVersion = 0, Labels = [] }, { region }) => {
      const parameter = mustFind(region, Name);
      const found = parameter.versions.find(({ version }) => version === ParameterVersion);
      if (found === undefined) throw versionNotFound(parameter.name, ParameterVersion);
      const removed = Labels.filter((label) => found.labels.includes(label));
      const versions = parameter.versions.map((version) =>
        version === found ? { ...version, labels: version.labels.filter((label) => !removed.includes(label)) } : version,
      );
      parameters.put(`${region}|${parameter.name}`, { ...parameter, versions });
      return { RemovedLabels: removed, InvalidLabels: Labels.filter((label) => !removed.includes(label)) };
    },

    AddTagsToResource: ({ ResourceType, ResourceId = "", Tags = [] }, { region }) => {
      const parameter = taggable(region, ResourceType, ResourceId);
      const tags = { ...parameter.tags, ...Object.fromEntries(Tags.map(({ Key = "", Value = "" }) => [Key, Value])) };
      parameters.put(`${region}|${parameter.name}`, { ...parameter, tags });
      return {};
    },

    RemoveTagsFromResource: ({ ResourceType, ResourceId = "", TagKeys = [] }, { region }) => {
      const parameter = taggable(region, ResourceType, ResourceId);
      const tags = Object.fromEntries(Object.entries(parameter.tags).filter(([key]) => !TagKeys.includes(key)));
      parameters.put(`${region}|${parameter.name}`, { ...parameter, tags });
      return {};
    },

    ListTagsForResource: ({ ResourceType, ResourceId = "" }, { region }) => ({
      TagList: Object.entries(taggable(region, ResourceType, ResourceId).tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  };

  function taggable(region: string, type: string | undefined, id: string): ParameterRecord {
    if (type !== "Parameter") throw new AwsFault("InvalidResourceType", "The local platform tags resources of type Parameter only.");
    const parameter = parameters.get(`${region}|${readName(id).name}`);
    if (parameter === undefined)
      throw new AwsFault("InvalidResourceId", "The resource ID isn't valid. Verify that you entered the correct ID and try again.");
    return parameter;
  }

  function versionNotFound(name: string, version: number): ParameterVersionNotFound {
    return new ParameterVersionNotFound({
      message: `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
      $metadata,
    });
  }
}

/** `/a/b` and `/a/b/c` are under `/a`; only the first is when the question is not recursive. */
function isUnder(name: string, path: string, recursive: boolean): boolean {
  const prefix = path.endsWith("/") ? path : `${path}/`;
  if (prefix === "/" ? !recursive && name.replace(/^\//, "").includes("/") : !name.startsWith(prefix)) return false;
  return recursive || !name.slice(prefix.length).includes("/");
}

function meets(parameter: ParameterRecord, { Key = "", Option = "Equals", Values = [] }: ParameterStringFilter): boolean {
  const current = currentOf(parameter);
  if (Key === "Path") {
    if (Option !== "OneLevel" && Option !== "Recursive" && Option !== "Equals") {
      throw new InvalidFilterOption({
        message: `The following filter option is not valid: ${Option}. Valid options include: [Recursive, OneLevel].`,
        $metadata,
      });
    }
    return Values.some((path) => isUnder(parameter.name, path, Option === "Recursive"));
  }
  const actual = valuesOf(parameter, current, Key);
  if (Values.length === 0) {
    if (Key.startsWith("tag:")) return actual.length > 0;
    throw new InvalidFilterValue({ message: `The filter ${Key} needs values`, $metadata });
  }
  if (Option === "BeginsWith")
    return Values.some((wanted) => actual.some((value) => value.startsWith(wanted) || value.startsWith(`/${wanted}`)));
  if (Option === "Contains") return Values.some((wanted) => actual.some((value) => value.includes(wanted)));
  if (Option !== "Equals") {
    throw new InvalidFilterOption({
      message: `The following filter option is not valid: ${Option}. Valid options include: [BeginsWith, Equals].`,
      $metadata,
    });
  }
  return Values.some((wanted) => actual.includes(wanted));
}

function valuesOf(parameter: ParameterRecord, current: ReturnType<typeof currentOf>, key: string): string[] {
  if (key.startsWith("tag:")) {
    const value = parameter.tags[key.slice("tag:".length)];
    return value === undefined ? [] : [value];
  }
  switch (key) {
    case "Name":
      return [parameter.name, parameter.name.replace(/^\//, "")];
    case "Type":
      return [parameter.type];
    case "KeyId":
      return current.keyId === undefined ? [] : [current.keyId];
    case "Tier":
      return [current.tier];
    case "DataType":
      return [current.dataType];
    case "Label":
      return [...current.labels];
    default:
      throw new InvalidFilterKey({
        message: `The following filter key is not valid: ${key}. Valid filter keys include: [Path, Name, Type, KeyId, Tier, DataType, Label].`,
        $metadata,
      });
  }
}
