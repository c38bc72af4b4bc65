import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { ImageCache } from "./image-cache.ts";
import { PackedImages } from "./runtime-world.testing.ts";

describe("an image made ready to run", () => {
  let folder: string;
  let images: PackedImages;
  let cache: ImageCache;
  beforeEach(() => {
    folder = temporaryFolder();
    images = new PackedImages(join(folder, "blobs"));
    cache = new ImageCache(images, join(folder, "images"));
  });

  const listed = (root: string): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
      .sort();

  it("has its files where COPY puts them, with wildcards, folders and earlier stages", async () => {
    const reference = await images.add(
      "stages",
      "FROM node AS build\nWORKDIR /src\nCOPY web ./\nRUN npm run build\nFROM node\nWORKDIR /app\nCOPY *.json lib /app/\nCOPY --from=build /src/index.html /src/dist /public/\nCOPY a.json renamed.json\nADD . /all",
      { "a.json": "{}", "b.json": "{}", "lib/x.js": "x", "web/index.html": "<p>", "tool.sh": "#!/bin/sh" },
    );
    const image = await cache.prepare(reference);
    expect(listed(image.root)).toEqual([
      "/all/a.json",
      "/all/b.json",
      "/all/lib/x.js",
      "/all/tool.sh",
      "/all/web/index.html",
      "/app/a.json",
      "/app/b.json",
      "/app/renamed.json",
      "/app/x.js",
      "/public/index.html",
    ]);
    expect(statSync(join(image.root, "all/tool.sh")).mode & 0o777).toBe(0o755);
    expect(image.warnings).toEqual([
      expect.stringMatching(/^line 4: RUN is not executed/),
      expect.stringMatching(/^line 8: \/src\/dist is not in stage build/),
    ]);
    expect(readdirSync(join(folder, "images"))).toHaveLength(1);
  });

  it("is unpacked once, however many ask", async () => {
    const reference = await images.add("once", "FROM a\nCOPY . /app\nCMD x", { f: "1" });
    const [one, other] = await Promise.all([cache.prepare(reference), cache.prepare(reference)]);
    expect(one).toBe(other);
  });

  it("is unpacked ahead when it can be, and says what is wrong only to who asks for it", async () => {
    const reference = await images.add("ahead", "FROM a\nCOPY . /app\nCMD x", { f: "1" });
    const ahead = await cache.prepareAhead(reference);
    expect(await cache.prepare(reference)).toBe(ahead);
    const wrong = await images.add("wrong", "FROM a\nCOPY absent /app\nCMD x", { f: "1" });
    expect(await cache.prepareAhead(wrong)).toBeUndefined();
    await expect(cache.prepare(wrong)).rejects.toThrow("COPY absent: not found in the build context");
    expect(await cache.prepareAhead("nowhere:v1")).toBeUndefined();
  });

  it("says which COPY does not fit the context", async () => {
    const reference = await images.add("lacking", "FROM a\nCOPY app.py /app/\n", { f: "1" });
    await expect(cache.prepare(reference)).rejects.toThrow(
      `CannotPullContainerError: failed to extract ${reference}: line 2: COPY app.py: not found in the build context`,
    );
  });

  it("keeps links as they are and never writes through them", async () => {
    const archive = pack();
    archive.entry({ name: "app/link", type: "symlink", linkname: "/etc/passwd" });
    archive.entry({ name: "app/file" }, "text");
    archive.entry({ name: "app/hard", type: "link", linkname: "app/file" });
    archive.finalize();
    const { root } = await cache.prepare(await images.addLayer("links", "FROM a\nCOPY . /\n", archive));
    expect(readlinkSync(join(root, "app/link"))).toBe("/etc/passwd");
    expect(readFileSync(join(root, "app/hard"), "utf8")).toBe("text");
  });

  for (const [what, entries] of [
    ["climbs out", [{ name: "../evil" }]],
    ["climbs out in the middle", [{ name: "a/../../evil" }]],
    ["goes through a link", [{ name: "way", type: "symlink", linkname: "/tmp" }, { name: "way/evil" }]],
    ["links to what is outside", [{ name: "evil", type: "link", linkname: "../../etc/passwd" }]],
  ] as const) {
    it(`refuses a layer that ${what}`, async () => {
      const archive = pack();
      for (const entry of entries) {
        if ("type" in entry) archive.entry(entry);
        else archive.entry(entry, "x");
      }
      archive.finalize();
      const reference = await images.addLayer("evil", "FROM a\nCOPY . /app", archive);
      await expect(cache.prepare(reference)).rejects.toThrow(
        /CannotPullContainerError: failed to extract .*(leads outside|through a link)/,
      );
      expect(readdirSync(join(folder, "images"))).toEqual([]);
    });
  }

  it("refuses a COPY whose source is a link out of the context", async () => {
    const archive = pack();
    archive.entry({ name: "way", type: "symlink", linkname: "/etc" });
    archive.finalize();
    await expect(cache.prepare(await images.addLayer("copy", "FROM a\nCOPY way /app", archive))).rejects.toThrow(
      "leads outside the build context",
    );
  });

  it("reads compressed layers and says when one is broken", async () => {
    const archive = pack();
    archive.entry({ name: "f" }, "text");
    archive.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of archive) chunks.push(chunk as Buffer);
    const bytes = gzipSync(Buffer.concat(chunks));
    const compressed = await images.addLayer(
      "gzip",
      "FROM a\nCOPY f /",
      (async function* () {
        yield bytes;
      })(),
    );
    expect(listed((await cache.prepare(compressed)).root)).toEqual(["/f"]);
    const broken = await images.addLayer(
      "broken",
      "FROM a\nCOPY f /",
      (async function* () {
        yield bytes.subarray(0, 30);
      })(),
    );
    await expect(cache.prepare(broken)).rejects.toThrow("CannotPullContainerError: failed to extract");
  });

  it("of another registry is not found, with what to do", async () => {
    await expect(cache.prepare("docker.io/library/nginx:latest")).rejects.toThrow(
      /failed to resolve ref docker.io\/library\/nginx:latest: not found \(the local platform pulls from its own registry only/,
    );
  });
});
