import { describe, expect, it } from "vitest";
import { inConfiguration, inManifest } from "./image-architecture.ts";

const index = (...platforms: readonly (object | undefined)[]): string =>
  JSON.stringify({ schemaVersion: 2, manifests: platforms.map((platform) => ({ digest: "sha256:0", size: 1, platform })) });

describe("what a manifest says of processors", () => {
  it("an index names them, by Fargate's names, each once", () => {
    const said = inManifest(
      index(
        { os: "linux", architecture: "arm64", variant: "v8" },
        { os: "linux", architecture: "amd64" },
        { os: "linux", architecture: "amd64" },
      ),
    );
    expect(said).toEqual({ architectures: ["arm64", "x86_64"] });
  });

  it("attestations and other systems' images do not count", () => {
    const attestation = { os: "unknown", architecture: "unknown" };
    expect(inManifest(index({ os: "linux", architecture: "arm64" }, attestation, { os: "windows", architecture: "amd64" }))).toEqual({
      architectures: ["arm64"],
    });
    expect(inManifest(index(attestation))).toBeUndefined();
  });

  it("an index with an entry for any platform says nothing", () => {
    expect(inManifest(index({ os: "linux", architecture: "arm64" }, undefined))).toBeUndefined();
  });

  it("a single image has it in its configuration", () => {
    expect(inManifest(JSON.stringify({ schemaVersion: 2, config: { digest: "sha256:1" }, layers: [] }))).toEqual({ config: "sha256:1" });
    expect(inConfiguration('{"architecture":"amd64","os":"linux"}')).toBe("x86_64");
    expect(inConfiguration('{"architecture":"arm64"}')).toBe("arm64");
    expect(inConfiguration('{"architecture":"s390x"}')).toBe("s390x");
  });

  it.each(["", "no", "null", "7", "[]", "{}", '{"manifests":[]}', '{"manifests":[null]}', '{"config":{}}', '{"config":{"digest":7}}'])(
    "anything else says nothing: %s",
    (text) => {
      expect(inManifest(text)).toBeUndefined();
    },
  );

  it.each(["", "null", "[]", "{}", '{"architecture":""}', '{"architecture":7}'])("no configuration says nothing: %s", (text) => {
    expect(inConfiguration(text)).toBeUndefined();
  });
});
