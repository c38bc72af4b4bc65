/** Whether a URL's `hostname` is this machine by name (`*.localhost` is kept for it: RFC 6761, 6.3). Pure: nothing is resolved. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]";
}
