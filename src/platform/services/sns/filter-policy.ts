/** Filter policies: which messages a subscription wants. They are EventBridge's patterns, on attributes or on the body. */
import { parseEventPattern } from "../../../engine/events/event-pattern.ts";
import { type Json, type JsonObject, parseJsonObject } from "../../../kit/json.ts";
import type { MessageAttribute, SubscriptionRecord } from "./records.ts";

/** A message whose body is no JSON object is wanted by no policy on the body. */
export function wants(
  { attributes: { FilterPolicy, FilterPolicyScope } }: Pick<SubscriptionRecord, "attributes">,
  message: { readonly body: string; readonly attributes: Readonly<Record<string, MessageAttribute>> },
): boolean {
  if (FilterPolicy === undefined || FilterPolicy === "{}") return true;
  const looked = FilterPolicyScope === "MessageBody" ? parseJsonObject(message.body) : attributesAsJson(message.attributes);
  return looked !== undefined && parseEventPattern(FilterPolicy).matches(looked);
}

/** Texts, numbers, lists; what is binary no policy can ask for. */
function attributesAsJson(attributes: Readonly<Record<string, MessageAttribute>>): JsonObject {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, { dataType, stringValue }]): [string, Json][] => {
      if (stringValue === undefined) return [];
      if (dataType === "Number") return [[name, Number(stringValue)]];
      return [[name, dataType === "String.Array" ? (JSON.parse(stringValue) as Json) : stringValue]];
    }),
  );
}
