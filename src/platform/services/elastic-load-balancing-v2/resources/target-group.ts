import type {
  CreateTargetGroupInput,
  ModifyTargetGroupInput,
  TargetDescription,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, changed, deleteWhenFree, generatedName, objects, text } from "../../resource-work.ts";
import { elb, elbTags, keysAndValues, LONGEST_NAME, retag } from "./elb-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ElasticLoadBalancingV2::TargetGroup"];
const HEALTH = [
  ...["HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath", "HealthCheckPort", "HealthCheckProtocol"],
  ...["HealthCheckTimeoutSeconds", "HealthyThresholdCount", "Matcher", "UnhealthyThresholdCount"],
];
const FIXED = ["IpAddressType", "Port", "Protocol", "ProtocolVersion", "TargetType", "VpcId"];

/** AWS::ElasticLoadBalancingV2::TargetGroup. `Ref` is its ARN. */
export const targetGroup: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::TargetGroup",
  schema,

  async create(request) {
    const { properties } = request;
    const Name = text(properties, "Name") ?? generatedName(request, LONGEST_NAME);
    const input = apiInput<CreateTargetGroupInput>(properties, schema, "same", [...HEALTH, ...FIXED]);
    const { TargetGroups: [made] = [] } = await elb(request)("CreateTargetGroup", { ...input, Name, ...elbTags(request) });
    const state = stateOf(made);
    request.initiated(state);
    await setAttributes(request, state.physicalId);
    await register(request, state.physicalId, []);
    return state;
  },

  async update(request, current, previous) {
    const TargetGroupArn = current.physicalId;
    const { properties } = request;
    if (HEALTH.some((name) => changed(name, properties, previous)))
      await elb(request)("ModifyTargetGroup", {
        TargetGroupArn,
        ...apiInput<Partial<ModifyTargetGroupInput>>(properties, schema, "same", HEALTH),
      });
    await setAttributes(request, TargetGroupArn);
    if (changed("Targets", properties, previous))
      await register(request, TargetGroupArn, objects(previous, "Targets") as unknown as TargetDescription[]);
    await retag(request, TargetGroupArn);
    const { TargetGroups: [found] = [] } = await elb(request)("DescribeTargetGroups", { TargetGroupArns: [TargetGroupArn] });
    return stateOf(found);
  },

  async delete(request, { physicalId }) {
    await deleteWhenFree(request, { busy: /ResourceInUse/, gone: /NotFound/ }, () =>
      elb(request)("DeleteTargetGroup", { TargetGroupArn: physicalId }),
    );
  },
};

async function setAttributes(request: ResourceRequest, TargetGroupArn: string): Promise<void> {
  const Attributes = keysAndValues(request.properties, "TargetGroupAttributes");
  if (Attributes.length > 0) await elb(request)("ModifyTargetGroupAttributes", { TargetGroupArn, Attributes });
}

async function register(request: ResourceRequest, TargetGroupArn: string, previous: TargetDescription[]): Promise<void> {
  const wanted = objects(request.properties, "Targets") as unknown as TargetDescription[];
  const isWanted = ({ Id, Port }: TargetDescription) => wanted.some((target) => target.Id === Id && target.Port === Port);
  const stale = previous.filter((target) => !isWanted(target));
  if (stale.length > 0) await elb(request)("DeregisterTargets", { TargetGroupArn, Targets: stale });
  if (wanted.length > 0) await elb(request)("RegisterTargets", { TargetGroupArn, Targets: wanted });
}

function stateOf(found: TargetGroup | undefined): ResourceState {
  const arn = found?.TargetGroupArn ?? "";
  return {
    physicalId: arn,
    attributes: {
      TargetGroupArn: arn,
      TargetGroupName: found?.TargetGroupName ?? "",
      TargetGroupFullName: arn.split(":").pop() ?? "",
      LoadBalancerArns: found?.LoadBalancerArns ?? [],
    },
  };
}
