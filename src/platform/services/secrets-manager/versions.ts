/** Versions of a secret and the stages that move between them: AWSCURRENT, AWSPREVIOUS, AWSPENDING and the user's own. */
import type { GetSecretValueResponse } from "@aws-sdk/client-secrets-manager";
import {
  exists,
  invalidParameter,
  invalidRequest,
  notFound,
  type SecretRecord,
  type SecretsState,
  type SecretVersionRecord,
} from "./records.ts";

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";

export interface SecretValue {
  readonly SecretString?: string;
  readonly SecretBinary?: Uint8Array;
}

/** The same secret with one more version, which takes the stages. A repeated token with the same value changes nothing. */
export function withVersion(
  state: SecretsState,
  secret: SecretRecord,
  versionId: string,
  value: SecretValue,
  stages: readonly string[] = [CURRENT],
): { secret: SecretRecord; version: SecretVersionRecord } {
  const text = plainOf(value);
  if (text === undefined) throw invalidParameter("You must provide either SecretString or SecretBinary.");
  const repeated = secret.versions.find((version) => version.versionId === versionId);
  if (repeated !== undefined) {
    if (state.seal.open(repeated.value, labelOf(secret, versionId)) === text) return { secret, version: repeated };
    throw exists(
      `You can't use ClientRequestToken ${versionId} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const version: SecretVersionRecord = {
    versionId,
    stages: [],
    value: state.seal.seal(text, labelOf(secret, versionId)),
    createdDate: state.clock.now(),
  };
  const added: SecretRecord = { ...secret, versions: [...secret.versions, version], lastChangedDate: state.clock.now() };
  const staged = stages.reduce<SecretRecord>((current, stage) => moveStage(current, stage, versionId), added);
  return { secret: staged, version: staged.versions.find((candidate) => candidate.versionId === versionId) as SecretVersionRecord };
}

/** Gives a stage to a version (or to none), taking it from where it was; what loses AWSCURRENT becomes AWSPREVIOUS. */
export function moveStage(secret: SecretRecord, stage: string, versionId: string | undefined): SecretRecord {
  const holder = secret.versions.find(({ stages }) => stages.includes(stage));
  const retires = stage === CURRENT && holder !== undefined && versionId !== undefined && holder.versionId !== versionId;
  const versions = secret.versions.map((version) => {
    let stages = version.stages.filter((own) => own !== stage && !(retires && own === PREVIOUS));
    if (version.versionId === versionId) stages = [...stages, stage];
    if (retires && version === holder) stages = [...stages, PREVIOUS];
    return { ...version, stages };
  });
  // A version without a stage is deprecated; the service keeps it for a while, here it is kept until there are a hundred.
  const surplus = versions.length - 100;
  return { ...secret, versions: surplus > 0 ? versions.filter(({ stages }, index) => stages.length > 0 || index >= surplus) : versions };
}

export function readVersion(
  state: SecretsState,
  secret: SecretRecord,
  versionId: string | undefined,
  stage: string | undefined,
): GetSecretValueResponse {
  const wanted = stage ?? (versionId === undefined ? CURRENT : undefined);
  const version = secret.versions.find(
    (candidate) =>
      (versionId === undefined || candidate.versionId === versionId) && (wanted === undefined || candidate.stages.includes(wanted)),
  );
  if (version === undefined) {
    const known = versionId !== undefined && secret.versions.some((candidate) => candidate.versionId === versionId);
    if (known) throw invalidRequest("You provided a VersionStage that is not associated to the provided VersionId.");
    const by = versionId === undefined ? `staging label: ${wanted}` : `VersionId: ${versionId}`;
    throw notFound(`Secrets Manager can't find the specified secret value for ${by}`);
  }
  const value = JSON.parse(state.seal.open(version.value, labelOf(secret, version.versionId))) as { string?: string; binary?: string };
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: version.versionId,
    VersionStages: [...version.stages],
    CreatedDate: new Date(version.createdDate),
    ...(value.string === undefined ? {} : { SecretString: value.string }),
    ...(value.binary === undefined ? {} : { SecretBinary: Buffer.from(value.binary, "base64") }),
  };
}

function plainOf({ SecretString, SecretBinary }: SecretValue): string | undefined {
  if (SecretString !== undefined && SecretBinary !== undefined) {
    throw invalidParameter("You can't specify both a binary secret value and a string secret value in the same secret.");
  }
  if (SecretString !== undefined) return JSON.stringify({ string: SecretString });
  return SecretBinary === undefined ? undefined : JSON.stringify({ binary: Buffer.from(SecretBinary).toString("base64") });
}

/** Where a sealed value belongs. */
function labelOf({ arn }: SecretRecord, versionId: string): string {
  return `secret ${arn} ${versionId}`;
}
