/**
 * Image references as task definitions and Docker clients write them. ECR's own form names account and region;
 * the address of the local gateway (`127.0.0.1:4566/items:v1`), which `docker push` uses, names neither.
 */
export interface ImageReference {
  /** Absent when the host is the gateway's own address. */
  readonly account?: string;
  readonly region?: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

const ECR_HOST = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|localhost(?:\.[a-z0-9.-]+)?)(?::\d+)?$/;
const LOCAL_HOST = /^(?:localhost|127(?:\.\d+){3}|\[::1\]|host\.fsd\.internal|[a-z0-9.-]+\.localhost)(?::\d+)?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** Parses a reference into this platform's registry; undefined when it names another registry or is malformed. The tag defaults to `latest`. */
export function parseImageReference(text: string): ImageReference | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const host = text.slice(0, slash);
  const ecr = ECR_HOST.exec(host);
  if (ecr === null && !LOCAL_HOST.test(host)) return undefined;

  let name = text.slice(slash + 1);
  let digest: string | undefined;
  const at = name.indexOf("@");
  if (at >= 0) {
    digest = name.slice(at + 1);
    name = name.slice(0, at);
    if (!DIGEST.test(digest)) return undefined;
  }
  let tag: string | undefined;
  const colon = name.lastIndexOf(":");
  if (colon >= 0) {
    tag = name.slice(colon + 1);
    name = name.slice(0, colon);
    if (!TAG.test(tag)) return undefined;
  }
  if (!REPOSITORY.test(name)) return undefined;
  if (tag === undefined && digest === undefined) tag = "latest";
  return {
    ...(ecr === null ? {} : { account: ecr[1] as string, region: ecr[2] as string }),
    repository: name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}

export function isTag(text: string): boolean {
  return TAG.test(text);
}
