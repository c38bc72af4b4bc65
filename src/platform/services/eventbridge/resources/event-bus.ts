import { ResourceFailure, type ResourceType } from "../../resource-type.ts";
import { caller, document, tagList, text, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";

const events = caller("eventbridge");

/** AWS::Events::EventBus. `Ref` is its name. */
export const eventBus: ResourceType = {
  type: "AWS::Events::EventBus",
  schema: schemas["AWS::Events::EventBus"],

  async create(request) {
    const Name = text(request.properties, "Name") ?? "";
    const made = await unless(/^ResourceAlreadyExistsException$/, () =>
      events(request)("CreateEventBus", { Name, Description: text(request.properties, "Description"), Tags: tagList(request) }),
    );
    if (!made && !request.isRepeated) {
      throw new ResourceFailure(`Resource of type 'AWS::Events::EventBus' with identifier '${Name}' already exists.`, "AlreadyExists");
    }
    await writePolicy(request, Name);
    const { Arn = "" } = await events(request)("DescribeEventBus", { Name });
    return { physicalId: Name, attributes: { Arn } };
  },

  async update(request, current) {
    await events(request)("UpdateEventBus", { Name: current.physicalId, Description: text(request.properties, "Description") ?? "" });
    await writePolicy(request, current.physicalId);
    return current;
  },

  async delete(request, { physicalId: Name }) {
    await events(request)("DeleteEventBus", { Name });
  },
};

async function writePolicy(request: Parameters<ResourceType["create"]>[0], EventBusName: string): Promise<void> {
  const { Policy } = request.properties;
  if (Policy !== undefined) await events(request)("PutPermission", { EventBusName, Policy: document(Policy) });
  else await unless(/^ResourceNotFoundException$/, () => events(request)("RemovePermission", { EventBusName, RemoveAllPermissions: true }));
}
