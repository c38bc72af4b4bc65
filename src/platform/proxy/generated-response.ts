/**
 * The answers an Application Load Balancer makes itself, to the byte: its error pages, redirects and fixed responses
 * (ALB, "Troubleshoot your Application Load Balancers").
 */
import { STATUS_CODES } from "node:http";
import type { ClientResponse } from "./client-response.ts";

const titles: Readonly<Record<number, string>> = {
  400: "400 Bad Request",
  401: "401 Authorization Required",
  405: "405 Not Allowed",
  408: "408 Request Time-out",
  413: "413 Request Entity Too Large",
  414: "414 Request-URI Too Large",
  463: "463 ",
  464: "464 ",
  500: "500 Internal Server Error",
  502: "502 Bad Gateway",
  503: "503 Service Temporarily Unavailable",
  504: "504 Gateway Time-out",
  561: "561 Authentication Error",
};

/** What HTTP calls the codes a load balancer makes itself; the rest is Node's own list. */
const reasonPhrases: Readonly<Record<number, string>> = {
  408: "Request Time-out",
  414: "Request-URI Too Large",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

export interface GeneratedResponse {
  readonly statusCode: number;
  readonly statusText: string;
  /** Flat: name, value, name, value … */
  readonly headers: string[];
  readonly body: string;
}

export function errorPage(statusCode: number): GeneratedResponse {
  const title = titles[statusCode] ?? String(statusCode);
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return generated(statusCode, ["Content-Type", "text/html"], body, reasonPhrases[statusCode] ?? title.slice(4).trim());
}

export function redirectTo(statusCode: 301 | 302, location: string): GeneratedResponse {
  const title = statusCode === 301 ? "301 Moved Permanently" : "302 Found";
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return generated(statusCode, ["Content-Type", "text/html", "Location", location], body, title.slice(4));
}

export function fixedResponse(statusCode: number, contentType: string, body: string): GeneratedResponse {
  return generated(statusCode, ["Content-Type", `${contentType}; charset=utf-8`], body, STATUS_CODES[statusCode] ?? "");
}

/** The same, with `Set-Cookie` values. */
export function withCookies(response: GeneratedResponse, cookies: readonly string[]): GeneratedResponse {
  if (cookies.length === 0) return response;
  return { ...response, headers: [...response.headers, ...cookies.flatMap((cookie) => ["Set-Cookie", cookie])] };
}

export function sendGenerated(response: ClientResponse, { statusCode, statusText, headers, body }: GeneratedResponse): void {
  response.writeHead(statusCode, statusText, headers);
  response.end(body);
}

/** The same for a bare socket, which a request to upgrade the connection leaves us with. */
export function generatedText({ statusCode, statusText, headers, body }: GeneratedResponse, now: number): string {
  const lines = [`HTTP/1.1 ${statusCode} ${statusText}`, `Date: ${new Date(now).toUTCString()}`];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return `${lines.join("\r\n")}\r\nConnection: close\r\n\r\n${body}`;
}

function generated(statusCode: number, headers: string[], body: string, statusText: string): GeneratedResponse {
  return { statusCode, statusText, headers: ["Server", "awselb/2.0", ...headers, "Content-Length", String(Buffer.byteLength(body))], body };
}
