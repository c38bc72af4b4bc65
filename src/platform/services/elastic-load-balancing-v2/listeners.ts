/** Listeners: CreateListener, ModifyListener, DescribeListeners, DeleteListener and their attributes. Each is a real port of this machine. */
import {
  type Certificate,
  DuplicateListenerException,
  type Listener,
  type MutualAuthenticationAttributes,
  type ProtocolEnum,
  TooManyListenersException,
  UnsupportedProtocolException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Ids } from "../../../kit/ids.ts";
import type { Operations } from "../../gateway/operations.ts";
import { acceptActions, asksWhoItIs } from "./actions.ts";
import { refuseForeignTargetGroups } from "./association.ts";
import { allAttributes, listenerAttributes, withAttributes } from "./attributes.ts";
import { acceptCertificates } from "./certificates.ts";
import { listenerAt, loadBalancerAt, notOffered, validationError } from "./faults.ts";
import { limits } from "./limits.ts";
import type { LoadBalancing } from "./load-balancing.ts";
import { page } from "./pages.ts";
import { defaultRuleOf, type ListenerRecord, listenersOf, type Records, type RuleRecord, rulesOf, targetGroupsOf } from "./records.ts";
import { acceptPolicy, DEFAULT_POLICY } from "./ssl-policies.ts";
import { acceptTags } from "./tags.ts";

interface Dependencies {
  readonly loadBalancing: LoadBalancing;
  readonly ids: Ids;
}

export function listenerOperations({ loadBalancing, ids }: Dependencies): Operations<"elastic-load-balancing-v2"> {
  const { records } = loadBalancing;

  return {
    CreateListener: async ({ LoadBalancerArn, Protocol, Port, DefaultActions, SslPolicy, Certificates, MutualAuthentication, Tags }) => {
      const loadBalancer = loadBalancerAt(records, LoadBalancerArn);
      const port = acceptPort(Port);
      const protocol = acceptProtocol(Protocol);
      refuseMutualAuthentication(MutualAuthentication);
      const tls = protocol === "HTTPS" ? acceptTls(SslPolicy, Certificates) : refuseTls(SslPolicy, Certificates);
      const { actions, given } = acceptActions(records, DefaultActions, protocol);
      const tags = acceptTags(Tags);
      refuseForeignTargetGroups(records, loadBalancer.arn, actions);
      const siblings = listenersOf(records, loadBalancer.arn);
      const existing = siblings.find((listener) => listener.port === port);
      if (existing !== undefined) {
        const rule = defaultRuleOf(records, existing.arn);
        const same = existing.protocol === protocol && JSON.stringify(rule?.actions) === JSON.stringify(actions);
        if (same && loadBalancing.hasClientSecret(rule, given)) return { Listeners: [describe(records, existing)] };
        throw duplicate(loadBalancer.arn);
      }
      const most = limits["listeners-per-application-load-balancer"];
      if (siblings.length >= most)
        throw new TooManyListenersException({ message: `The limit of '${most}' listeners has been reached`, $metadata: {} });

      const arn = `${loadBalancer.arn.replace(":loadbalancer/", ":listener/")}/${ids.hex(16)}`;
      const record: ListenerRecord = { arn, loadBalancerArn: loadBalancer.arn, port, protocol, ...tls, attributes: {} };
      const rule: RuleRecord = {
        arn: `${arn.replace(":listener/", ":listener-rule/")}/${ids.hex(16)}`,
        listenerArn: arn,
        priority: "default",
        conditions: [],
        actions,
        transforms: [],
      };
      records.listeners.put(arn, record);
      records.rules.put(rule.arn, loadBalancing.withClientSecret(rule, given));
      records.tags.put(arn, tags);
      loadBalancing.targetGroupsChanged(targetGroupsOf(actions));
      await loadBalancing.openListener(arn);
      return { Listeners: [describe(records, record)] };
    },

    ModifyListener: async ({ ListenerArn, Port, Protocol, DefaultActions, SslPolicy, Certificates, MutualAuthentication }) => {
      const record = listenerAt(records, ListenerArn);
      const rule = defaultRuleOf(records, record.arn);
      const port = Port === undefined ? record.port : acceptPort(Port);
      const protocol = Protocol === undefined ? record.protocol : acceptProtocol(Protocol);
      refuseMutualAuthentication(MutualAuthentication);
      const given = Certificates ?? record.certificateArns.slice(0, 1).map((CertificateArn) => ({ CertificateArn }));
      const tls =
        protocol === "HTTPS"
          ? { ...acceptTls(SslPolicy ?? record.sslPolicy, given), certificateArns: withDefault(record, given) }
          : refuseTls(SslPolicy, Certificates);
      const { actions, given: secret } =
        DefaultActions === undefined ? { actions: undefined } : acceptActions(records, DefaultActions, protocol, rule);
      if (actions !== undefined) refuseForeignTargetGroups(records, record.loadBalancerArn, actions);
      const kept = rulesOf(records, record.arn).filter(({ priority }) => actions === undefined || priority !== "default");
      const authenticating = protocol === "HTTPS" ? undefined : kept.flatMap((each) => each.actions).find(asksWhoItIs);
      if (authenticating !== undefined)
        throw validationError(`A listener whose rules have actions of type '${authenticating.Type}' must be an HTTPS listener`);
      if (listenersOf(records, record.loadBalancerArn).some((other) => other.arn !== record.arn && other.port === port)) {
        throw duplicate(record.loadBalancerArn);
      }
      const { sslPolicy: _, ...rest } = record;
      const next: ListenerRecord = { ...rest, port, protocol, ...tls };
      records.listeners.put(record.arn, next);
      if (actions !== undefined && rule !== undefined) {
        records.rules.put(rule.arn, loadBalancing.withClientSecret({ ...rule, actions }, secret));
      }
      loadBalancing.targetGroupsChanged([...targetGroupsOf(rule?.actions ?? []), ...targetGroupsOf(actions ?? [])]);
      if (port === record.port && protocol === record.protocol && next.sslPolicy === record.sslPolicy) {
        loadBalancing.listenerChanged(record.arn);
      } else {
        loadBalancing.closeListener(record.arn);
        await loadBalancing.openListener(record.arn);
      }
      return { Listeners: [describe(records, next)] };
    },

    DescribeListeners: (input) => {
      const { LoadBalancerArn, ListenerArns = [] } = input;
      if ((LoadBalancerArn === undefined) === (ListenerArns.length === 0)) {
        throw validationError("You must specify either listener ARNs or a load balancer ARN");
      }
      const found =
        LoadBalancerArn === undefined
          ? ListenerArns.map((arn) => listenerAt(records, arn))
          : listenersOf(records, loadBalancerAt(records, LoadBalancerArn).arn);
      const { items, NextMarker } = page(found, input);
      return { Listeners: items.map((record) => describe(records, record)), NextMarker };
    },

    DeleteListener: ({ ListenerArn }) => {
      deleteListener(loadBalancing, listenerAt(records, ListenerArn).arn);
      return {};
    },

    DescribeListenerAttributes: ({ ListenerArn }) => {
      return { Attributes: allAttributes(listenerAttributes, listenerAt(records, ListenerArn).attributes) };
    },

    ModifyListenerAttributes: ({ ListenerArn, Attributes }) => {
      const record = listenerAt(records, ListenerArn);
      const attributes = withAttributes(listenerAttributes, record.attributes, Attributes ?? []);
      records.listeners.put(record.arn, { ...record, attributes });
      loadBalancing.listenerChanged(record.arn);
      return { Attributes: allAttributes(listenerAttributes, attributes) };
    },
  };
}

/** A listener goes with its rules; target groups that only they named are unused from then on. */
export function deleteListener(loadBalancing: LoadBalancing, listenerArn: string): void {
  const { records } = loadBalancing;
  const rules = rulesOf(records, listenerArn);
  for (const { arn } of rules) {
    records.rules.delete(arn);
    records.tags.delete(arn);
  }
  records.listeners.delete(listenerArn);
  records.tags.delete(listenerArn);
  loadBalancing.closeListener(listenerArn);
  loadBalancing.targetGroupsChanged(rules.flatMap(({ actions }) => targetGroupsOf(actions)));
}

function acceptPort(port: number | undefined): number {
  if (port === undefined) throw validationError("A listener port must be specified");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw validationError(`Listener port '${port}' must be between 1 and 65535`);
  return port;
}

function acceptProtocol(protocol: ProtocolEnum | undefined): ProtocolEnum {
  if (protocol === undefined) throw validationError("A listener protocol must be specified");
  if (protocol !== "HTTP" && protocol !== "HTTPS") {
    throw new UnsupportedProtocolException({
      message: `Protocol '${protocol}' is not supported by an application load balancer`,
      $metadata: {},
    });
  }
  return protocol;
}

type Tls = Pick<ListenerRecord, "sslPolicy" | "certificateArns">;

function acceptTls(policy: string | undefined, certificates: readonly Certificate[] | undefined): Tls {
  const certificateArns = acceptCertificates(certificates);
  if (certificateArns.length > 1) throw validationError("Only one certificate, the default one, can be specified with a listener");
  return { sslPolicy: acceptPolicy(policy ?? DEFAULT_POLICY), certificateArns };
}

function refuseTls(policy: string | undefined, certificates: readonly Certificate[] | undefined): Tls {
  if (policy !== undefined) throw validationError("An SSL policy can only be specified for HTTPS listeners");
  if (certificates !== undefined && certificates.length > 0)
    throw validationError("Certificates can only be specified for HTTPS listeners");
  return { certificateArns: [] };
}

/** A new default certificate takes the place of the old one; further certificates stay. */
function withDefault({ certificateArns }: ListenerRecord, given: readonly Certificate[]): string[] {
  return [...new Set([...given.flatMap(({ CertificateArn }) => CertificateArn ?? []), ...certificateArns.slice(1)])];
}

function refuseMutualAuthentication(mutual: MutualAuthenticationAttributes | undefined): void {
  if (mutual?.Mode !== undefined && mutual.Mode !== "off") throw notOffered(`Mutual authentication of mode '${mutual.Mode}'`);
}

function duplicate(loadBalancerArn: string): DuplicateListenerException {
  return new DuplicateListenerException({
    message: `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
    $metadata: {},
  });
}

function describe(records: Records, { arn, loadBalancerArn, port, protocol, sslPolicy, certificateArns }: ListenerRecord): Listener {
  return {
    ListenerArn: arn,
    LoadBalancerArn: loadBalancerArn,
    Port: port,
    Protocol: protocol,
    ...(sslPolicy === undefined
      ? {}
      : { SslPolicy: sslPolicy, Certificates: certificateArns.slice(0, 1).map((CertificateArn) => ({ CertificateArn })) }),
    DefaultActions: [...(defaultRuleOf(records, arn)?.actions ?? [])],
  };
}
