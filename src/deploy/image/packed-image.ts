/**
 * A build context as a one-layer OCI image, for machines without a Docker Engine: the layer is the context as it
 * lies in the folder, the configuration carries the Dockerfile, and the local platform's process runtime makes of
 * both what a build would have made (RUN is not executed). The same files give the same digest on every machine:
 * entries are sorted, owned by 0:0, dated 1970, readable by all, and the layer is not compressed, because the bytes
 * of gzip differ between versions of zlib.
 */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { join, relative } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { failure } from "../../model/failures.ts";
import { type DockerIgnore, parseDockerIgnore } from "./docker-ignore.ts";

export interface Context {
  /** Absolute. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly dockerfile: string;
  readonly args: Readonly<Record<string, string>>;
  readonly target?: string | undefined;
  readonly architecture: "x86_64" | "arm64";
}

export interface PackedImage {
  /** Of the manifest: what `@sha256:…` names. */
  readonly digest: string;
  readonly manifest: string;
  readonly config: { readonly digest: string; readonly text: string };
  readonly layer: { readonly digest: string; readonly size: number; readonly file: string };
  readonly files: number;
  /** The files and folders that `.dockerignore` keeps out, the topmost names only. */
  readonly leftOut: readonly string[];
}

/** The labels by which the process runtime knows a packed context. */
const label = { packed: "fsd.packed", dockerfile: "fsd.dockerfile", args: "fsd.build-args", target: "fsd.build-target" } as const;

/** Packs the context; the layer is written to `layerFile`. Fails as FSD8003 when the context cannot be read. `progress` hears of each entry. */
export async function packContext(
  context: Context,
  layerFile: string,
  progress: (done: number, all: number) => void = () => undefined,
): Promise<PackedImage> {
  const dockerfile = readDockerfile(context);
  const { entries, leftOut } = listContext(context, ignoreFileOf(context));
  const layer = await writeLayer(entries, layerFile, progress);
  const config = JSON.stringify({
    architecture: context.architecture === "arm64" ? "arm64" : "amd64",
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      Labels: {
        [label.packed]: "context",
        [label.dockerfile]: dockerfile,
        ...(Object.keys(context.args).length === 0 ? {} : { [label.args]: JSON.stringify(sorted(context.args)) }),
        ...(context.target === undefined ? {} : { [label.target]: context.target }),
      },
    },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created: "1970-01-01T00:00:00Z", created_by: "fsd deploy: build context" }],
  });
  const configDigest = digestOf(config);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: configDigest, size: Buffer.byteLength(config) },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer.digest, size: layer.size }],
  });
  return {
    digest: digestOf(manifest),
    manifest,
    config: { digest: configDigest, text: config },
    layer: { ...layer, file: layerFile },
    files: entries.filter(({ stats }) => stats.isFile()).length,
    leftOut,
  };
}

interface Entry {
  /** Relative to the context, forward slashes. */
  readonly name: string;
  readonly path: string;
  readonly stats: Stats;
}

/** Whether a deployment could pack it: fails as FSD8003 where the folder or its Dockerfile is not there. */
export function checkContext(context: Pick<Context, "folder" | "dockerfile">): void {
  readDockerfile(context);
}

function readDockerfile({ folder, dockerfile }: Pick<Context, "folder" | "dockerfile">): string {
  const path = join(folder, dockerfile);
  const hint = "build.context names the folder, build.dockerfile the Dockerfile in it";
  try {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats === undefined) throw failure("FSD8003", `there is no build context ${folder}`, { hint });
    if (!stats.isDirectory()) throw failure("FSD8003", `the build context ${folder} is not a folder`, { hint });
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw failure("FSD8003", `there is no ${dockerfile} in the build context ${folder}`, { hint, cause: error });
    if (code !== "ENOTDIR" && code !== "EISDIR" && code !== "EACCES") throw error;
    throw failure("FSD8003", `${path} cannot be read: ${(error as Error).message}`, { hint, cause: error });
  }
}

/** `<Dockerfile>.dockerignore` beside the Dockerfile goes before `.dockerignore`, as with BuildKit. */
function ignoreFileOf({ folder, dockerfile }: Context): DockerIgnore {
  // Secrets of the local environment and the history of a repository are never part of an image.
  const always = [".git", ".fsd"];
  for (const file of [join(folder, `${dockerfile}.dockerignore`), join(folder, ".dockerignore")]) {
    try {
      return parseDockerIgnore(readFileSync(file, "utf8"), always);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return parseDockerIgnore("", always);
}

/** Every folder, file and link of the context that is not excluded, by name in code-unit order, and what is. */
function listContext({ folder }: Context, ignore: DockerIgnore): { entries: Entry[]; leftOut: string[] } {
  const entries: Entry[] = [];
  const leftOut: string[] = [];
  const visit = (place: string): void => {
    for (const child of readdirSync(place)) {
      const path = join(place, child);
      const name = relative(folder, path).split("\\").join("/");
      const stats = lstatSync(path);
      const excluded = ignore.excludes(name);
      if (!excluded && (stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) entries.push({ name, path, stats });
      const pruned = ignore.prunes(name);
      if (excluded && (pruned || !stats.isDirectory())) leftOut.push(name);
      if (stats.isDirectory() && !pruned) visit(path);
    }
  };
  try {
    visit(folder);
  } catch (error) {
    throw failure("FSD8003", `the build context ${folder} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), leftOut };
}

const inMemoryBytes = 4 * 1024 * 1024;

async function writeLayer(
  entries: readonly Entry[],
  layerFile: string,
  progress: (done: number, all: number) => void,
): Promise<{ digest: string; size: number }> {
  const tar = pack();
  const hash = createHash("sha256");
  let size = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  const written = pipeline(tar, measure, createWriteStream(layerFile, { mode: 0o600 }));
  const fill = async (): Promise<void> => {
    for (const [index, entry] of entries.entries()) {
      await addEntry(tar, entry);
      progress(index + 1, entries.length);
    }
    tar.finalize();
  };
  // When filling fails the pipeline fails with it; the first of the two says why.
  const [filled, piped] = await Promise.allSettled([
    fill().catch((error: unknown) => {
      tar.destroy(error as Error);
      throw error;
    }),
    written,
  ]);
  const failed = filled.status === "rejected" ? filled : piped.status === "rejected" ? piped : undefined;
  if (failed !== undefined) {
    const cause: unknown = failed.reason;
    throw failure("FSD8003", `the build context could not be packed: ${(cause as Error).message}`, { cause });
  }
  return { digest: `sha256:${hash.digest("hex")}`, size };
}

function addEntry(tar: ReturnType<typeof pack>, { name, path, stats }: Entry): Promise<void> {
  const shared = { mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (stats.isDirectory()) tar.entry({ ...shared, name: `${name}/`, type: "directory", mode: 0o755 }, done);
    else if (stats.isSymbolicLink()) tar.entry({ ...shared, name, type: "symlink", mode: 0o777, linkname: readlinkSync(path) }, done);
    else {
      // Only whether it may be executed is kept: the rest depends on the machine's umask.
      const mode = (stats.mode & 0o111) === 0 ? 0o644 : 0o755;
      if (stats.size <= inMemoryBytes) tar.entry({ ...shared, name, mode }, readFileSync(path), done);
      else {
        const entry = tar.entry({ ...shared, name, mode, size: stats.size }, done);
        createReadStream(path).on("error", reject).pipe(entry);
      }
    }
  });
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
