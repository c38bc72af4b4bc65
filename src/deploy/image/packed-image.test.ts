import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { extract } from "tar-stream";
import { beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../kit/temporary-folder.testing.ts";
import { type Context, checkContext, packContext } from "./packed-image.ts";

describe("a packed build context", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });

  const write = (place: string, files: Record<string, string>): Context => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, place, name)), { recursive: true });
      writeFileSync(join(folder, place, name), text);
    }
    return { folder: join(folder, place), dockerfile: "Dockerfile", args: {}, architecture: "x86_64" };
  };
  const files = { Dockerfile: "FROM node:20\n", "src/b.js": "b", "src/a.js": "a", "run.sh": "#!/bin/sh\n" };

  it("has the same digest wherever, whenever and in whatever order its files were written", async () => {
    const one = write("one", files);
    const two = write("two", Object.fromEntries(Object.entries(files).reverse()));
    utimesSync(join(two.folder, "src/a.js"), new Date(1e12), new Date(1e12));
    const first = await packContext(one, join(folder, "one.tar"));
    const second = await packContext(two, join(folder, "two.tar"));
    expect(second.digest).toBe(first.digest);
    chmodSync(join(two.folder, "run.sh"), 0o755);
    expect((await packContext(two, join(folder, "two.tar"))).digest).not.toBe(first.digest);
  });

  it("holds files, folders and links, and neither what is ignored nor local secrets", async () => {
    const context = write("app", {
      ...files,
      ".dockerignore": "*.log\n",
      "debug.log": "x",
      ".fsd/secrets.local.env": "PASSWORD=x",
      ".git/HEAD": "ref",
    });
    symlinkSync("src/a.js", join(context.folder, "link.js"));
    const image = await packContext(context, join(folder, "layer.tar"));
    const names: string[] = [];
    const reader = extract();
    reader.on("entry", ({ name }, stream, next) => {
      names.push(name);
      stream.resume();
      stream.on("end", next);
    });
    await new Promise<void>((resolve, reject) => {
      reader.on("finish", resolve).on("error", reject);
      reader.end(readFileSync(join(folder, "layer.tar")));
    });
    expect(names).toEqual([".dockerignore", "Dockerfile", "link.js", "run.sh", "src/", "src/a.js", "src/b.js"]);
    expect(image.files).toBe(5);
    expect(image.layer.size).toBe(readFileSync(join(folder, "layer.tar")).length);
    expect(JSON.parse(image.config.text).config.Labels).toEqual({ "fsd.packed": "context", "fsd.dockerfile": "FROM node:20\n" });
  });

  it("carries build arguments and the target, in an order of their own", async () => {
    const context = write("app", files);
    const image = await packContext({ ...context, args: { B: "2", A: "1" }, target: "prod" }, join(folder, "layer.tar"));
    expect(JSON.parse(image.config.text).config.Labels).toMatchObject({
      "fsd.build-args": '{"A":"1","B":"2"}',
      "fsd.build-target": "prod",
    });
  });

  it("says which context or Dockerfile cannot be read", () => {
    const { folder: app } = write("app", files);
    expect(() => checkContext({ folder: join(app, "Dockerfile", "deeper"), dockerfile: "Dockerfile" })).toThrow(
      expect.objectContaining({ code: "FSD8003", hint: expect.stringContaining("build.context names the folder") }),
    );
    expect(() => checkContext({ folder: app, dockerfile: "src" })).toThrow(
      expect.objectContaining({ code: "FSD8003", message: expect.stringContaining(`${join(app, "src")} cannot be read: EISDIR`) }),
    );
  });

  it("says which Dockerfile is missing", async () => {
    const context = write("app", { "main.js": "" });
    await expect(packContext(context, join(folder, "layer.tar"))).rejects.toMatchObject({
      code: "FSD8003",
      message: `there is no Dockerfile in the build context ${context.folder}`,
    });
  });
});
