/** The password `GetAuthorizationToken` hands to `docker login`. It guards nothing here; it remembers the region. */
import { parseJsonObject } from "../../../kit/json.ts";

interface Claims {
  readonly region: string;
  readonly expiresAt: number;
}

/** The authorization token: base64 of `AWS:<password>`, as ECR answers it. */
export function authorizationToken(claims: Claims): string {
  return Buffer.from(`AWS:${Buffer.from(JSON.stringify(claims)).toString("base64")}`).toString("base64");
}

/** The region a client of the registry was given its password for; undefined for other or no credentials. */
export function regionOfAuthorization(header: string | undefined): string | undefined {
  const basic = /^Basic\s+(\S+)$/i.exec(header ?? "")?.[1];
  if (basic === undefined) return undefined;
  const [user, password] = Buffer.from(basic, "base64").toString("utf8").split(":");
  if (user !== "AWS" || password === undefined) return undefined;
  const region = parseJsonObject(Buffer.from(password, "base64").toString("utf8"))?.region;
  return typeof region === "string" ? region : undefined;
}
