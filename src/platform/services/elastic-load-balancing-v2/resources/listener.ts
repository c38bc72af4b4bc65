import type { CreateListenerInput, ModifyListenerInput } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ResourceRequest, ResourceType } from "../../resource-type.ts";
import { apiInput, unless } from "../../resource-work.ts";
import { elb, keysAndValues } from "./elb-work.ts";
import { schemas } from "./generated/schemas.ts";

const schema = schemas["AWS::ElasticLoadBalancingV2::Listener"];
const INPUT = ["AlpnPolicy", "Certificates", "DefaultActions", "MutualAuthentication", "Port", "Protocol", "SslPolicy"];

/** AWS::ElasticLoadBalancingV2::Listener. `Ref` is its ARN. */
export const listener: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::Listener",
  schema,

  async create(request) {
    const input = withNumbers(apiInput<CreateListenerInput>(request.properties, schema, "same", ["LoadBalancerArn", ...INPUT]));
    const arn = (await madeBefore(request, input)) ?? (await make(request, input));
    request.initiated(state(arn));
    await setAttributes(request, arn);
    return state(arn);
  },

  async update(request, current) {
    const input = withNumbers(apiInput<Partial<ModifyListenerInput>>(request.properties, schema, "same", INPUT));
    await elb(request)("ModifyListener", { ...input, ListenerArn: current.physicalId });
    await setAttributes(request, current.physicalId);
    return current;
  },

  async delete(request, { physicalId }) {
    await unless(/NotFound/, () => elb(request)("DeleteListener", { ListenerArn: physicalId }));
  },
};

const state = (arn: string) => ({ physicalId: arn, attributes: { ListenerArn: arn } });

/** Of a listener, other than of a rule, CloudFormation takes `SessionTimeout` as a text. */
function withNumbers<Input extends Partial<Pick<CreateListenerInput, "DefaultActions">>>(input: Input): Input {
  if (input.DefaultActions === undefined) return input;
  const numeric = <Config extends { SessionTimeout?: number | undefined }>(config: Config | undefined): Config | undefined =>
    config?.SessionTimeout === undefined ? config : { ...config, SessionTimeout: Number(config.SessionTimeout) };
  const DefaultActions = input.DefaultActions.map(({ AuthenticateOidcConfig, AuthenticateCognitoConfig, ...action }) => ({
    ...action,
    ...(AuthenticateOidcConfig === undefined ? {} : { AuthenticateOidcConfig: numeric(AuthenticateOidcConfig) }),
    ...(AuthenticateCognitoConfig === undefined ? {} : { AuthenticateCognitoConfig: numeric(AuthenticateCognitoConfig) }),
  }));
  return { ...input, DefaultActions };
}

async function make(request: ResourceRequest, input: CreateListenerInput): Promise<string> {
  const { Listeners: [made] = [] } = await elb(request)("CreateListener", input);
  return made?.ListenerArn ?? "";
}

/** A listener is known by its port, of which a load balancer has one. */
async function madeBefore(request: ResourceRequest, { LoadBalancerArn, Port }: CreateListenerInput): Promise<string | undefined> {
  if (!request.isRepeated) return undefined;
  const { Listeners = [] } = await elb(request)("DescribeListeners", { LoadBalancerArn });
  return Listeners.find((found) => found.Port === Port && !request.recorded.includes(found.ListenerArn ?? ""))?.ListenerArn;
}

async function setAttributes(request: ResourceRequest, ListenerArn: string): Promise<void> {
  const Attributes = keysAndValues(request.properties, "ListenerAttributes");
  if (Attributes.length > 0) await elb(request)("ModifyListenerAttributes", { ListenerArn, Attributes });
}
