import type { ResourceRequest, ResourceType } from "../../resource-type.ts";
import { document, generatedName, texts, unless } from "../../resource-work.ts";
import { schemas } from "./generated/schemas.ts";
import { GONE, sqs } from "./queue.ts";

/** AWS::SQS::QueuePolicy: the policy attribute of one or more queues, given by their URLs. `Ref` is a name of its own. */
export const queuePolicy: ResourceType = {
  type: "AWS::SQS::QueuePolicy",
  schema: schemas["AWS::SQS::QueuePolicy"],

  async create(request) {
    const id = generatedName(request, 128);
    // From here on a rollback knows what to remove.
    request.initiated({ physicalId: id, attributes: { Id: id } });
    await write(request);
    return { physicalId: id, attributes: { Id: id } };
  },

  async update(request, current, previous) {
    const queues = texts(request.properties, "Queues");
    await remove(
      request,
      texts(previous, "Queues").filter((url) => !queues.includes(url)),
    );
    await write(request);
    return current;
  },

  async delete(request) {
    await remove(request, texts(request.properties, "Queues"));
  },
};

async function write(request: ResourceRequest): Promise<void> {
  const Attributes = { Policy: document(request.properties.PolicyDocument) };
  for (const QueueUrl of texts(request.properties, "Queues")) await sqs(request)("SetQueueAttributes", { QueueUrl, Attributes });
}

async function remove(request: ResourceRequest, queues: readonly string[]): Promise<void> {
  for (const QueueUrl of queues) await unless(GONE, () => sqs(request)("SetQueueAttributes", { QueueUrl, Attributes: { Policy: "" } }));
}
