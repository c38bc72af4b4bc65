/**
 * Where a redirect action sends the client: the action's parts with `#{protocol}`, `#{host}`, `#{port}`, `#{path}`
 * and `#{query}` taken from the request (Application Load Balancer, "Redirect actions").
 *
 * `#{protocol}://#{host}:443/#{path}?#{query}` with protocol HTTPS for `http://a.example:8080/x?y=1` gives
 * `https://a.example:443/x?y=1`.
 */
import { escapedText } from "./escaped-text.ts";
import type { RedirectAction, RoutedRequest } from "./routing-rule.ts";
import { hostWithoutPort } from "./rule-matching.ts";

/** `listener`: how the client reached the load balancer. */
export function redirectLocation(
  action: RedirectAction,
  request: RoutedRequest,
  listener: { readonly protocol: "HTTP" | "HTTPS"; readonly port: number },
): string {
  const values: Readonly<Record<string, string>> = {
    protocol: listener.protocol.toLowerCase(),
    host: hostWithoutPort(request.host),
    port: String(listener.port),
    path: request.path.slice(1),
    query: request.query,
  };
  const fill = (text: string): string =>
    escapedText(text).replace(/#\{(protocol|host|port|path|query)\}/g, (_, name: string) => values[name] ?? "");
  const query = fill(action.query);
  return `${fill(action.protocol).toLowerCase()}://${fill(action.host)}:${fill(action.port)}${fill(action.path)}${query === "" ? "" : `?${query}`}`;
}
