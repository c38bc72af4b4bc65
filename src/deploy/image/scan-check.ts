/** Lets an image through the environment's scan gate, or not: reads what ECR's scan has found, waiting for one that goes on. */
import type { Aws } from "../../aws/aws.ts";
import { pause } from "../../kit/pause.ts";
import type { ResolvedEnvironment } from "../../manifest/resolved.ts";
import { failure } from "../../model/failures.ts";
import { serviceStackName } from "../../synth/names.ts";
import { Pace } from "../polling.ts";
import { findStack, type StackTools } from "../stack/stack.ts";
import { type Place, parseEcrReference } from "./image-choice.ts";
import { judgeScan, type Scan, scanOf } from "./scan-gate.ts";

/** Basic scans take seconds, enhanced ones a minute or two. */
const waitMs = 5 * 60_000;
/** The most that one answer may hold. */
const mostFindings = 1000;

export interface ScanRequest {
  /** Whose image it is. */
  readonly subject: string;
  /** By digest. */
  readonly reference: string;
  readonly environment: ResolvedEnvironment;
  /** Where the caller is. */
  readonly place: Place;
  /** Asks a person; rejects when the answer is no, or nobody is there and `--yes` was not given. */
  readonly agree: (question: string) => Promise<unknown>;
}

/**
 * Resolves when the image may be deployed, with the findings that a person was asked about. Fails as FSD8009 when one
 * blocks it, or as `agree` does.
 */
export async function passScanGate(
  { subject, reference, environment, place, agree }: ScanRequest,
  tools: StackTools,
): Promise<string | undefined> {
  const { aws, tell } = tools;
  const scan = await scanned(subject, reference, place, tools);
  // The platform has no scanner: there, only what was laid ready to rehearse the gate counts.
  if (environment.local && scan.kind === "unknown") return undefined;
  const verdict = judgeScan(environment.images.scanGate, scan);
  if (verdict.kind === "pass") {
    if (verdict.note !== undefined) tell({ type: "note", subject, text: `its image has findings: ${verdict.note}` });
    return undefined;
  }
  if (await runsAlready(aws, subject, reference, environment)) return undefined;
  if (verdict.kind === "block") {
    throw failure("FSD8009", `the image of ${subject} is not let into ${environment.name}: ${verdict.about}`, {
      hint: `build it on what has these mended and push it again; ${environment.name}'s images.scanGate says what blocks`,
    });
  }
  tell({ type: "note", subject, text: `its image needs someone's word: ${verdict.about}` });
  await agree(`The image of ${subject}: ${verdict.about}. Deploy it to ${environment.name}?`);
  return verdict.about;
}

async function runsAlready(aws: Aws, subject: string, reference: string, environment: ResolvedEnvironment): Promise<boolean> {
  const stack = await findStack(aws, serviceStackName(environment.name, subject));
  return stack?.parameters.ImageUri === reference;
}

async function scanned(subject: string, reference: string, place: Place, { aws, clock, signal, tell, rhythm }: StackTools): Promise<Scan> {
  const image = parseEcrReference(reference);
  if (image?.digest === undefined || image.region !== place.region) {
    return { kind: "unknown", why: `${reference} is not in ECR in ${place.region}` };
  }
  const pace = new Pace(rhythm);
  const end = clock.now() + waitMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const answer = await aws.ecr.describeImageScanFindings({
        registryId: image.account,
        repositoryName: image.repository,
        imageId: { imageDigest: image.digest },
        maxResults: mostFindings,
      });
      const scan = scanOf(answer);
      if (scan !== undefined) return scan;
    } catch (error) {
      const { name } = error as Error;
      if (name === "ScanNotFoundException") return { kind: "unknown", why: "it was never scanned" };
      // That it cannot be pulled is told by ECS, with what serves meanwhile.
      if (name === "ImageNotFoundException" || name === "RepositoryNotFoundException")
        return { kind: "unknown", why: `${image.repository} has no image ${image.digest}` };
      throw error;
    }
    if (clock.now() >= end) return { kind: "unknown", why: `its scan has not ended after ${waitMs / 60_000} minutes` };
    if (isFirst) tell({ type: "step", subject, step: "image", state: "running", text: "waiting for the scan of the image" });
    await pause(clock, pace.next(false), signal);
    if (signal.aborted) throw failure("FSD5130", `interrupted before anything of ${subject} was changed`);
  }
}
