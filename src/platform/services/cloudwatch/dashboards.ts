/** Dashboards: kept and answered as they were put; a console draws them. */

import { DashboardInvalidInputError, DashboardNotFoundError, InvalidNextToken } from "@aws-sdk/client-cloudwatch";
import { parseJsonObject } from "../../../kit/json.ts";
import { partitionOf } from "../../../model/arn.ts";
import type { Operations } from "../../gateway/operations.ts";
import type { Collection, Store } from "../../persistence/store.ts";
import { pageOf } from "../page.ts";

export interface DashboardRecord {
  readonly name: string;
  readonly body: string;
  /** Wall time, ms. */
  readonly modifiedAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** Dashboards belong to the account, not to a region. */
export function dashboardCollection(store: Store): Collection<DashboardRecord> {
  return store.collection("cloudwatch.dashboards");
}

function dashboardArn(account: string, region: string, name: string): string {
  return `arn:${partitionOf(region)}:cloudwatch::${account}:dashboard/${name}`;
}

export function dashboardOperations(dashboards: Collection<DashboardRecord>, account: string, now: () => number): Operations<"cloudwatch"> {
  const requireDashboard = (name: string): DashboardRecord => {
    const dashboard = dashboards.get(name);
    if (dashboard === undefined) {
      throw new DashboardNotFoundError({ message: `Dashboard ${name} does not exist`, $metadata: {} });
    }
    return dashboard;
  };

  return {
    PutDashboard: (input) => {
      const { DashboardName: name = "", DashboardBody: body = "" } = input;
      if (parseJsonObject(body) === undefined) {
        throw new DashboardInvalidInputError({
          message: "The field DashboardBody must be a valid JSON object",
          dashboardValidationMessages: [{ DataPath: "/", Message: "The field DashboardBody must be a valid JSON object" }],
          $metadata: {},
        });
      }
      const tags = Object.fromEntries((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
      dashboards.put(name, { name, body, modifiedAt: now(), tags: dashboards.get(name)?.tags ?? tags });
      return { DashboardValidationMessages: [] };
    },

    GetDashboard: (input, { region }) => {
      const { name, body } = requireDashboard(input.DashboardName ?? "");
      return { DashboardArn: dashboardArn(account, region, name), DashboardBody: body, DashboardName: name };
    },

    ListDashboards: (input, { region }) => {
      const { items, nextToken } = pageOf(
        dashboards.list(input.DashboardNamePrefix),
        ({ name }) => name,
        1_000,
        input.NextToken,
        () => {
          throw new InvalidNextToken({ message: "The next token is invalid.", $metadata: {} });
        },
      );
      return {
        DashboardEntries: items.map(({ name, body, modifiedAt }) => ({
          DashboardName: name,
          DashboardArn: dashboardArn(account, region, name),
          LastModified: new Date(modifiedAt),
          Size: Buffer.byteLength(body),
        })),
        ...(nextToken === undefined ? {} : { NextToken: nextToken }),
      };
    },

    DeleteDashboards: (input) => {
      const names = (input.DashboardNames ?? []).map((name) => requireDashboard(name).name);
      for (const name of names) dashboards.delete(name);
      return {};
    },
  };
}
