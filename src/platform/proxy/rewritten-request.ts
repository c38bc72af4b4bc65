/** What a rule's transforms make of a request's path and host (Elastic Load Balancing, "Transforms for listener rules"). */
import { escapedText } from "../../engine/balancing/escaped-text.ts";
import type { Transform } from "../../engine/balancing/routing-rule.ts";
import { hostWithoutPort } from "../../engine/balancing/rule-matching.ts";
import type { IncomingRequest } from "./incoming-request.ts";

/** Host and path as the rule's transforms leave them; host undefined when it stays as it came. */
export function rewritten(
  transforms: readonly Transform[] | undefined,
  request: IncomingRequest,
): { path: string; host: string | undefined } {
  let path = request.target;
  let host: string | undefined;
  for (const { part, regex, replace } of transforms ?? []) {
    const expression = new RegExp(regex);
    const replacement = escapedText(replace);
    if (part === "url") path = path.replace(expression, replacement);
    else host = hostWithoutPort(host ?? request.host).replace(expression, replacement);
  }
  return { path: path.startsWith("/") ? path : `/${path}`, host };
}
