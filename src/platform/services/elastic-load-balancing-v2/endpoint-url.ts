import { isLoopbackHost } from "../../../kit/loopback-host.ts";

/** Whether AWS takes a text as the URL of an endpoint: a full one with HTTPS. Here one on this machine may do without TLS. */
export function isEndpointUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopbackHost(url.hostname));
}
