import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { caller, document, generatedName, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const cloudwatch = caller("cloudwatch");

/** AWS::CloudWatch::Dashboard. `Ref` is the dashboard's name. */
export const dashboard: ResourceType = {
  type: "AWS::CloudWatch::Dashboard",
  schema: schemas["AWS::CloudWatch::Dashboard"],

  create: (request) => put(request, text(request.properties, "DashboardName") ?? generatedName(request, 255)),

  update: (request, { physicalId }) => put(request, physicalId),

  async delete(request, { physicalId }) {
    await unless(/NotFound/, () => cloudwatch(request)("DeleteDashboards", { DashboardNames: [physicalId] }));
  },
};

async function put(request: ResourceRequest, DashboardName: string): Promise<ResourceState> {
  const input = { DashboardName, DashboardBody: document(request.properties.DashboardBody) };
  const { DashboardValidationMessages: [fault] = [] } = await cloudwatch(request)("PutDashboard", input);
  if (fault !== undefined)
    throw new ResourceFailure(`The dashboard body is invalid: ${fault.Message ?? ""} (${fault.DataPath ?? ""})`, "InvalidRequest");
  return { physicalId: DashboardName, attributes: {} };
}
