/** Aliases of keys. */
import { AlreadyExistsException, InvalidAliasNameException } from "@aws-sdk/client-kms";
import type { Clock } from "../../../kit/clock.ts";
import { formatArn } from "../../../model/arn.ts";
import { AwsFault } from "../../gateway/aws-fault.ts";
import type { Operations } from "../../gateway/operations.ts";
import { pageOf } from "../page.ts";
import { mustFindKey, notFound } from "./find-key.ts";
import { badMarker } from "./keys.ts";
import type { AliasRecord, KmsRecords } from "./records.ts";

const PAGE = 50;

export interface AliasDependencies {
  readonly records: KmsRecords;
  readonly clock: Pick<Clock, "now">;
}

export function aliasOperations({ records, clock }: AliasDependencies): Operations<"kms"> {
  const { aliases } = records;
  const mustFind = (name: string, region: string, account: string): AliasRecord => {
    const alias = aliases.get(`${region}/${name}`);
    if (alias === undefined) throw notFound(`Alias ${formatArn("kms", region, account, name)} is not found.`);
    return alias;
  };

  return {
    CreateAlias: ({ AliasName: name = "", TargetKeyId }, { region, account }) => {
      checkName(name);
      if (aliases.has(`${region}/${name}`)) {
        const message = `An alias with the name ${formatArn("kms", region, account, name)} already exists`;
        throw new AlreadyExistsException({ message, $metadata: {} });
      }
      const { keyId } = mustFindKey(records, TargetKeyId, region, clock.now());
      aliases.put(`${region}/${name}`, { region, name, keyId, createdAt: clock.now(), modifiedAt: clock.now() });
      return {};
    },

    UpdateAlias: ({ AliasName: name = "", TargetKeyId }, { region, account }) => {
      const alias = mustFind(name, region, account);
      const { keyId } = mustFindKey(records, TargetKeyId, region, clock.now());
      aliases.put(`${region}/${name}`, { ...alias, keyId, modifiedAt: clock.now() });
      return {};
    },

    DeleteAlias: ({ AliasName: name = "" }, { region, account }) => {
      mustFind(name, region, account);
      aliases.delete(`${region}/${name}`);
      return {};
    },

    ListAliases: ({ KeyId, Limit = PAGE, Marker }, { region, account }) => {
      const keyId = KeyId === undefined ? undefined : mustFindKey(records, KeyId, region, clock.now()).keyId;
      const found = aliases.list(`${region}/`).filter((alias) => keyId === undefined || alias.keyId === keyId);
      const page = pageOf(found, ({ name }) => name, Limit, Marker, badMarker);
      return {
        Aliases: page.items.map((alias) => ({
          AliasName: alias.name,
          AliasArn: formatArn("kms", region, account, alias.name),
          TargetKeyId: alias.keyId,
          CreationDate: new Date(alias.createdAt),
          LastUpdatedDate: new Date(alias.modifiedAt),
        })),
        Truncated: page.nextToken !== undefined,
        NextMarker: page.nextToken,
      };
    },
  };
}

function checkName(name: string): void {
  if (name.startsWith("alias/aws/")) throw new AwsFault("NotAuthorizedException", `${name} is reserved for AWS.`);
  if (!/^alias\/[\w/-]+$/.test(name)) {
    throw new InvalidAliasNameException({
      message: 'Alias must start with the prefix "alias/" and hold letters, digits, /, _ and -.',
      $metadata: {},
    });
  }
}
