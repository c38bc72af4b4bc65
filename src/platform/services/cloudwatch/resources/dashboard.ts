import { ResourceFailure, type ResourceRequest, type ResourceState, type ResourceType } from "../../resource-type.ts";
import { caller, document, generatedName, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const cloudwatch = caller("cloudwatch");

/** AWS::CloudWatch::Dashboard. `Ref` is the dashboard's name. */
export const dashboard: ResourceType = {
  type: "AWS::CloudWatch::Dashboard",
  schema: schemas["AWS::CloudWatch::Dashboard"],

  async create(request) {
    const name = text(request.properties, "DashboardName") ?? generatedName(request, 255);
    // PutDashboard would take another's dashboard over.
    const isTaken = !request.isRepeated && (await unless(/NotFound/, () => cloudwatch(request)("GetDashboard", { DashboardName: name })));
    if (isTaken) throw new ResourceFailure(`Dashboard ${name} already exists`, "AlreadyExists");
    return put(request, name);
  },

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
