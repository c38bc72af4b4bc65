import type { Certificate } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Properties, ResourceRequest, ResourceState, ResourceType } from "../../resource-type.ts";
import { objects, text, unless } from "../../resource-work.ts";
import { elb } from "./elb-work.ts";
import { schemas } from "./generated/schemas.ts";

/** AWS::ElasticLoadBalancingV2::ListenerCertificate: further certificates of a listener. `Ref` is an id of its own. */
export const listenerCertificate: ResourceType = {
  type: "AWS::ElasticLoadBalancingV2::ListenerCertificate",
  schema: schemas["AWS::ElasticLoadBalancingV2::ListenerCertificate"],

  async create(request) {
    await add(request, certificatesOf(request.properties));
    return state(request);
  },

  async update(request, current, previous) {
    const wanted = certificatesOf(request.properties);
    const isWanted = ({ CertificateArn }: Certificate) => wanted.some((certificate) => certificate.CertificateArn === CertificateArn);
    await add(request, wanted);
    await remove(
      request,
      certificatesOf(previous).filter((certificate) => !isWanted(certificate)),
    );
    return current;
  },

  async delete(request) {
    await unless(/NotFound/, () => remove(request, certificatesOf(request.properties)));
  },
};

function certificatesOf(properties: Properties): Certificate[] {
  return objects(properties, "Certificates").map((certificate) => ({ CertificateArn: text(certificate, "CertificateArn") }));
}

async function add(request: ResourceRequest, Certificates: Certificate[]): Promise<void> {
  await elb(request)("AddListenerCertificates", { ListenerArn: text(request.properties, "ListenerArn"), Certificates });
}

async function remove(request: ResourceRequest, Certificates: Certificate[]): Promise<void> {
  if (Certificates.length === 0) return;
  await elb(request)("RemoveListenerCertificates", { ListenerArn: text(request.properties, "ListenerArn"), Certificates });
}

function state({ properties, logicalId, token }: ResourceRequest): ResourceState {
  const id = `${text(properties, "ListenerArn") ?? ""}|${logicalId}-${token.slice(0, 12)}`;
  return { physicalId: id, attributes: { Id: id } };
}
