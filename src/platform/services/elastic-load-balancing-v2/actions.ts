/**
 * Actions of listeners and rules: what may be said, how the API answers it back, and what the data plane does with it
 * (Elastic Load Balancing API, `Action`). A rule has exactly one terminal action, forward, redirect or fixed-response, and
 * before it, on an HTTPS listener, at most one that asks who the client is: `jwt-validation`, `authenticate-oidc` or
 * `authenticate-cognito`.
 */
import {
  type Action,
  type FixedResponseActionConfig,
  type ForwardActionConfig,
  InvalidLoadBalancerActionException,
  type ProtocolEnum,
  type RedirectActionConfig,
  TargetGroupNotFoundException,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { RoutingAction } from "../../../engine/balancing/routing-rule.ts";
import { validationError } from "./faults.ts";
import { acceptJwtValidation } from "./jwt-validation.ts";
import type { Records, RuleRecord } from "./records.ts";
import { acceptCognito, acceptOidc, type GivenSecret, type NewSecret } from "./user-authentication.ts";

const CONTENT_TYPES: readonly string[] = ["text/plain", "text/css", "text/html", "application/javascript", "application/json"];
const MOST_TARGET_GROUPS = 5;

/** The actions as the API stores and answers them, and apart from them the secret of a client, which is not answered. */
export interface AcceptedActions<Given extends GivenSecret = GivenSecret> {
  readonly actions: Action[];
  readonly given?: Given;
}

/** `rule`: the one that is changed; a new one has no secret yet. Throws what AWS throws for actions it refuses. */
export function acceptActions(records: Records, actions: readonly Action[] | undefined, protocol: ProtocolEnum): AcceptedActions<NewSecret>;
export function acceptActions(
  records: Records,
  actions: readonly Action[] | undefined,
  protocol: ProtocolEnum,
  rule: RuleRecord | undefined,
): AcceptedActions;
export function acceptActions(
  records: Records,
  actions: readonly Action[] | undefined,
  protocol: ProtocolEnum,
  rule?: RuleRecord,
): AcceptedActions {
  if (actions === undefined || actions.length === 0) throw validationError("An action must be specified");
  let given: GivenSecret | undefined;
  const accepted = inOrder(actions, protocol).map((action) => {
    if (action.Type === "authenticate-oidc") {
      const oidc = acceptOidc(action.AuthenticateOidcConfig, rule?.sealedClientSecret !== undefined);
      given = oidc.given;
      return { ...basis(action), AuthenticateOidcConfig: oidc.config };
    }
    if (action.Type === "authenticate-cognito")
      return { ...basis(action), AuthenticateCognitoConfig: acceptCognito(action.AuthenticateCognitoConfig) };
    if (action.Type === "forward") return acceptForward(records, action);
    if (action.Type === "redirect") return { ...basis(action), RedirectConfig: acceptRedirect(action.RedirectConfig) };
    if (action.Type === "jwt-validation") return { ...basis(action), JwtValidationConfig: acceptJwtValidation(action.JwtValidationConfig) };
    return { ...basis(action), FixedResponseConfig: acceptFixedResponse(action.FixedResponseConfig) };
  });
  return { actions: accepted, ...(given === undefined ? {} : { given }) };
}

/** By `Order`, which several actions must have: the one that ends the matter last. */
function inOrder(actions: readonly Action[], protocol: ProtocolEnum): Action[] {
  if (actions.filter(isTerminal).length !== 1) {
    throw invalidAction("Exactly one action of type 'forward', 'redirect' or 'fixed-response' must be specified");
  }
  if (actions.length === 1) return [...actions];
  const type = actions.find(asksWhoItIs)?.Type;
  if (protocol !== "HTTPS") throw invalidAction(`Actions of type '${type}' are supported only on HTTPS listeners`);
  if (actions.length > 2)
    throw invalidAction("Only one action of type 'jwt-validation', 'authenticate-oidc' or 'authenticate-cognito' may be specified");
  if (new Set(actions.map(({ Order }) => Order)).size < actions.length || actions.some(({ Order }) => Order === undefined)) {
    throw invalidAction("Each of several actions must have an order of its own");
  }
  const sorted = [...actions].sort((one, other) => (one.Order ?? 0) - (other.Order ?? 0));
  const last = sorted.at(-1);
  if (last === undefined || !isTerminal(last)) {
    throw invalidAction("The action of type 'forward', 'redirect' or 'fixed-response' must be the last to be performed");
  }
  return sorted;
}

/** The terminal action as the data plane carries it out. */
export function routingAction(actions: readonly Action[]): RoutingAction {
  const action = actions.at(-1);
  if (action?.FixedResponseConfig !== undefined) {
    const { StatusCode, ContentType, MessageBody } = action.FixedResponseConfig;
    return { type: "fixed-response", statusCode: Number(StatusCode), contentType: ContentType ?? "text/plain", body: MessageBody ?? "" };
  }
  if (action?.RedirectConfig !== undefined) {
    const { Protocol = "", Host = "", Port = "", Path = "", Query = "", StatusCode } = action.RedirectConfig;
    return {
      type: "redirect",
      protocol: Protocol,
      host: Host,
      port: Port,
      path: Path,
      query: Query,
      statusCode: StatusCode === "HTTP_301" ? 301 : 302,
    };
  }
  const { TargetGroups = [], TargetGroupStickinessConfig } = action?.ForwardConfig ?? {};
  return {
    type: "forward",
    targetGroups: TargetGroups.map(({ TargetGroupArn = "", Weight = 1 }) => ({ arn: TargetGroupArn, weight: Weight })),
    ...(TargetGroupStickinessConfig?.Enabled === true ? { stickySeconds: TargetGroupStickinessConfig.DurationSeconds ?? 3600 } : {}),
  };
}

/** Whether an action comes before the one that ends the matter. */
export function asksWhoItIs(action: Action): boolean {
  return !isTerminal(action);
}

function isTerminal({ Type }: Action): boolean {
  return Type === "forward" || Type === "redirect" || Type === "fixed-response";
}

function acceptForward(records: Records, action: Action): Action {
  const config = acceptForwardConfig(action);
  const arns = (config.TargetGroups ?? []).map(({ TargetGroupArn = "" }) => TargetGroupArn);
  for (const arn of arns) {
    if (!records.targetGroups.has(arn))
      throw new TargetGroupNotFoundException({ message: "One or more target groups not found", $metadata: {} });
  }
  const only = arns.length === 1 ? arns[0] : undefined;
  return { ...basis(action), ...(only === undefined ? {} : { TargetGroupArn: only }), ForwardConfig: config };
}

function acceptForwardConfig({ TargetGroupArn, ForwardConfig }: Action): ForwardActionConfig {
  const listed = ForwardConfig?.TargetGroups ?? [];
  if (listed.length === 0 && TargetGroupArn === undefined) throw validationError("A target group ARN must be specified");
  if (listed.length === 1 && TargetGroupArn !== undefined && listed[0]?.TargetGroupArn !== TargetGroupArn) {
    throw invalidAction("You can specify both a target group ARN and a forward configuration only when they name the same target group");
  }
  if (listed.length > 1 && TargetGroupArn !== undefined) {
    throw invalidAction("You cannot specify both a target group ARN and a forward configuration with more than one target group");
  }
  if (listed.length > MOST_TARGET_GROUPS) throw invalidAction(`A forward action can have at most ${MOST_TARGET_GROUPS} target groups`);
  const groups = listed.length === 0 ? [{ TargetGroupArn, Weight: 1 }] : listed.map((group) => ({ ...group, Weight: group.Weight ?? 1 }));
  const names = new Set(groups.map((group) => group.TargetGroupArn));
  if (names.size < groups.length) throw invalidAction("A target group may appear only once in a forward action");
  const wrong = groups.find(({ Weight }) => !Number.isInteger(Weight) || Weight < 0 || Weight > 999);
  if (wrong !== undefined) throw validationError(`The weight '${wrong.Weight}' must be between 0 and 999`);
  const sticky = ForwardConfig?.TargetGroupStickinessConfig;
  if (sticky?.Enabled === true && !inRange(sticky.DurationSeconds, 1, 604_800)) {
    throw validationError("Target group stickiness needs a duration between 1 and 604800 seconds");
  }
  return { TargetGroups: groups, TargetGroupStickinessConfig: sticky === undefined ? { Enabled: false } : { Enabled: false, ...sticky } };
}

function acceptRedirect(config: RedirectActionConfig | undefined): RedirectActionConfig {
  if (config === undefined) throw invalidAction("A redirect action needs a RedirectConfig");
  const { Protocol = "#{protocol}", Host = "#{host}", Port = "#{port}", Path = "/#{path}", Query = "#{query}", StatusCode } = config;
  if (StatusCode !== "HTTP_301" && StatusCode !== "HTTP_302") throw validationError(`'${StatusCode}' is not a valid redirect status code`);
  if (!["HTTP", "HTTPS", "#{protocol}"].includes(Protocol)) throw validationError(`'${Protocol}' is not a valid redirect protocol`);
  if (Port !== "#{port}" && !inRange(Number(Port), 1, 65_535)) throw validationError(`'${Port}' is not a valid redirect port`);
  if (!Path.startsWith("/")) throw validationError("The path of a redirect must begin with '/'");
  const unchanged = Protocol === "#{protocol}" && Host === "#{host}" && Port === "#{port}" && Path === "/#{path}" && Query === "#{query}";
  if (unchanged) throw invalidAction("The redirect configuration is not valid because it creates a loop.");
  return { Protocol, Host, Port, Path, Query, StatusCode };
}

function acceptFixedResponse(config: FixedResponseActionConfig | undefined): FixedResponseActionConfig {
  if (config === undefined) throw invalidAction("A fixed-response action needs a FixedResponseConfig");
  const { StatusCode = "", ContentType, MessageBody } = config;
  if (!/^[245]\d\d$/.test(StatusCode))
    throw validationError(`'${StatusCode}' is not a valid status code for a fixed response: it must be 2XX, 4XX or 5XX`);
  if (ContentType !== undefined && !CONTENT_TYPES.includes(ContentType))
    throw validationError(`'${ContentType}' is not a valid content type`);
  if ((MessageBody ?? "").length > 1024) throw validationError("The message body of a fixed response can have at most 1024 characters");
  return config;
}

function basis({ Type, Order }: Action): Action {
  return Order === undefined ? { Type } : { Type, Order };
}

function inRange(value: number | undefined, lowest: number, highest: number): boolean {
  return value !== undefined && Number.isInteger(value) && value >= lowest && value <= highest;
}

function invalidAction(message: string): InvalidLoadBalancerActionException {
  return new InvalidLoadBalancerActionException({ message, $metadata: {} });
}
