/**
 * The certificates of HTTPS listeners. There is no ACM on this machine: any certificate ARN is taken, and what clients
 * are shown comes from the local authority, for the name they ask for.
 */
import { type Certificate, CertificateNotFoundException, OperationNotPermittedException } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Operations } from "../../gateway/operations.ts";
import { listenerAt, validationError } from "./faults.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { page } from "./pages.ts";
import type { ListenerRecord, Records } from "./records.ts";

export function certificateOperations({
  loadBalancing,
}: {
  readonly loadBalancing: LoadBalancing;
}): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  return {
    AddListenerCertificates: ({ ListenerArn, Certificates }) => {
      const record = secureListenerAt(records, ListenerArn);
      const added = acceptCertificates(Certificates);
      records.listeners.put(record.arn, { ...record, certificateArns: [...new Set([...record.certificateArns, ...added])] });
      return { Certificates: added.map((CertificateArn) => ({ CertificateArn, IsDefault: false })) };
    },

    RemoveListenerCertificates: ({ ListenerArn, Certificates }) => {
      const record = secureListenerAt(records, ListenerArn);
      const removed = acceptCertificates(Certificates);
      if (removed.includes(record.certificateArns[0] ?? "")) {
        throw new OperationNotPermittedException({ message: "The default certificate of a listener cannot be removed", $metadata: {} });
      }
      records.listeners.put(record.arn, { ...record, certificateArns: record.certificateArns.filter((arn) => !removed.includes(arn)) });
      return {};
    },

    DescribeListenerCertificates: (input) => {
      const { certificateArns } = listenerAt(records, input.ListenerArn);
      const { items, NextMarker } = page(
        certificateArns.map((CertificateArn, index) => ({ CertificateArn, IsDefault: index === 0 })),
        input,
      );
      return { Certificates: items, NextMarker };
    },
  };
}

/** The ARNs of certificates that could exist. */
export function acceptCertificates(certificates: readonly Certificate[] | undefined): string[] {
  if (certificates === undefined || certificates.length === 0) throw validationError("A certificate must be specified for HTTPS listeners");
  return certificates.map(({ CertificateArn = "" }) => {
    if (!/^arn:[^:]+:(acm:[^:]+:\d{12}:certificate\/|iam::\d{12}:server-certificate\/)\S+$/.test(CertificateArn)) {
      throw new CertificateNotFoundException({ message: `Certificate '${CertificateArn}' not found`, $metadata: {} });
    }
    return CertificateArn;
  });
}

function secureListenerAt(records: Records, arn: string | undefined): ListenerRecord {
  const record = listenerAt(records, arn);
  if (record.protocol !== "HTTPS") throw validationError("Certificates can only be specified for HTTPS listeners");
  return record;
}
