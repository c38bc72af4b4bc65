import type { CreateLoadBalancerInput, LoadBalancer, SetSubnetsInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { apiInput, changed, generatedName, text, texts, unless } from "../../resource-work.ts";
import { elb, elbTags, keysAndValues, LONGEST_NAME, retag } from "./elb-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ElasticLoadBalancingV2::LoadBalancer"];

/** AWS::ElasticLoadBalancingV2::LoadBalancer. `Ref` is its ARN. Complete when it is active. */
export const loadBalancer: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
  schema,

  async create(request) {
    const { properties } = request;
    const input = apiInput<CreateLoadBalancerInput>(properties, schema, "same", [
      "IpAddressType",
      "Scheme",
      "SecurityGroups",
      "SubnetMappings",
      "Subnets",
      "Type",
    ]);
    const Name = text(properties, "Name") ?? generatedName(request, LONGEST_NAME);
    const { LoadBalancers: [made] = [] } = await elb(request)("CreateLoadBalancer", { ...input, Name, ...elbTags(request) });
    const state = stateOf(made);
    request.initiated(state);
    await setAttributes(request, state.physicalId);
    await active(request, state.physicalId);
    return state;
  },

  async update(request, current, previous) {
    const { properties } = request;
    const LoadBalancerArn = current.physicalId;
    if (changed("Subnets", properties, previous) || changed("SubnetMappings", properties, previous))
      await elb(request)("SetSubnets", {
        LoadBalancerArn,
        ...apiInput<Partial<SetSubnetsInput>>(properties, schema, "same", ["Subnets", "SubnetMappings"]),
      });
    if (changed("SecurityGroups", properties, previous))
      await elb(request)("SetSecurityGroups", { LoadBalancerArn, SecurityGroups: texts(properties, "SecurityGroups") });
    if (changed("IpAddressType", properties, previous))
      await elb(request)("SetIpAddressType", {
        LoadBalancerArn,
        IpAddressType: text(properties, "IpAddressType") === "dualstack" ? "dualstack" : "ipv4",
      });
    await setAttributes(request, LoadBalancerArn);
    await retag(request, LoadBalancerArn);
    await active(request, LoadBalancerArn);
    return stateOf(await describe(request, LoadBalancerArn));
  },

  async delete(request, { physicalId }) {
    await unless(/NotFound/, () => elb(request)("DeleteLoadBalancer", { LoadBalancerArn: physicalId }));
  },
};

async function setAttributes(request: ResourceRequest, LoadBalancerArn: string): Promise<void> {
  const Attributes = keysAndValues(request.properties, "LoadBalancerAttributes");
  if (Attributes.length > 0) await elb(request)("ModifyLoadBalancerAttributes", { LoadBalancerArn, Attributes });
}

async function describe(request: ResourceRequest, arn: string): Promise<LoadBalancer | undefined> {
  const { LoadBalancers: [found] = [] } = await elb(request)("DescribeLoadBalancers", { LoadBalancerArns: [arn] });
  return found;
}

async function active(request: ResourceRequest, arn: string): Promise<void> {
  await request.until(async () => (await describe(request, arn))?.State?.Code === "active");
}

function stateOf(found: LoadBalancer | undefined): ResourceState {
  const arn = found?.LoadBalancerArn ?? "";
  return {
    physicalId: arn,
    attributes: {
      LoadBalancerArn: arn,
      LoadBalancerName: found?.LoadBalancerName ?? "",
      LoadBalancerFullName: arn.split(":loadbalancer/")[1] ?? "",
      DNSName: found?.DNSName ?? "",
      CanonicalHostedZoneID: found?.CanonicalHostedZoneId ?? "",
      SecurityGroups: found?.SecurityGroups ?? [],
    },
  };
}
