import { describe, expect, it } from "vitest";
import { loadManifests } from "../load.ts";
import { imageNotOnLocal } from "./local-images.ts";

/** What is said of the first document's own image. */
function said(text: string, env: string, given?: string): readonly unknown[] {
  const { environment, services, jobs, trees } = loadManifests([{ file: "fsd.yml", bytes: Buffer.from(text) }], { environment: env });
  const [document] = [...services, ...jobs];
  if (environment === undefined || document === undefined) throw new Error("the manifest has no document");
  return imageNotOnLocal(document, environment, { tree: trees.get(document), given });
}
const job = (image: string): string => `apiVersion: fsd/v1\nkind: Job\nmetadata: {name: etl}\njob:\n  image: "${image}"\n`;

describe("a job's own image on local", () => {
  it("of another registry is named at its line", () =>
    expect(said(job("acme/etl:1"), "local")).toMatchObject([
      { code: "FSD1809", line: 5, path: "job.image", message: 'local cannot pull "acme/etl:1", the image of etl' },
    ]));

  it.each(["${REGISTRY}/etl:1", "000000000000.dkr.ecr.us-east-1.amazonaws.com/etl:1"])("as %s is the local registry's", (image) =>
    expect(said(job(image), "local")).toEqual([]),
  );

  it.each(["127.0.0.1:4566/etl:1", "localhost/etl:1", "host.fsd.internal:4566/team/etl", "[::1]:4566/etl:1", "ecr.localhost:4566/etl:1"])(
    "as %s is the platform's own, too",
    (image) => expect(said(job(image), "local")).toEqual([]),
  );

  it("takes second place to one that is given, which is judged instead", () => {
    expect(said(job("acme/etl:1"), "local", "127.0.0.1:4566/etl:1")).toEqual([]);
    expect(said(job("${REGISTRY}/etl:1"), "local", "docker.io/acme/etl:2")).toMatchObject([
      { code: "FSD1809", file: "--image", message: 'local cannot pull "docker.io/acme/etl:2", the image of etl' },
    ]);
    expect(said(job("${REGISTRY}/etl:1"), "prod", "docker.io/acme/etl:2")).toEqual([]);
  });

  it("is pulled by ECS elsewhere", () => expect(said(job("acme/etl:1"), "prod")).toEqual([]));
});
