/**
 * Unpacks one image layer (a tar archive, plain or gzip by its first bytes) into a folder. Layers come from whoever pushed
 * them: a path or link that would lead outside the folder is refused, devices are skipped.
 */
import {
  chmodSync,
  createReadStream,
  createWriteStream,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type Header } from "tar-stream";
import { Breath } from "./breath.ts";

/** Files up to this size are written in one step, larger ones as they come. Bytes. */
const SMALL = 256 * 1024;

/** A layer that must not be unpacked; the message says which entry and why. */
export class LayerRefused extends Error {
  override readonly name = "LayerRefused";
}

/** Unpacks the archive `file` over what `root` already holds, with OCI white-outs. Files get mode bits, never owners or set-user-id. */
export async function unpackLayer(file: string, root: string): Promise<void> {
  if (await startsWith(file, [0x28, 0xb5, 0x2f, 0xfd]))
    throw new LayerRefused("the layer is compressed with zstd; push the image with gzip");
  mkdirSync(root, { recursive: true });
  const breath = new Breath();
  const archive = extract();
  const source = createReadStream(file);
  const reading = (await startsWith(file, [0x1f, 0x8b])) ? pipeline(source, createGunzip(), archive) : pipeline(source, archive);
  // The loop below reports the failure; this only keeps it from being unhandled meanwhile.
  reading.catch(() => {});
  const folderModes: [path: string, mode: number][] = [];
  for await (const entry of archive) {
    const folder = await place(entry.header, entry, root);
    if (folder !== undefined) folderModes.push([folder, (entry.header.mode ?? 0o755) & 0o777]);
    entry.resume();
    await breath.take();
  }
  await reading;
  // Last, so that a folder without write permission can still be filled.
  for (const [path, mode] of folderModes.reverse()) chmodSync(path, mode | 0o700);
}

/** Writes one entry; answers the path when it was a folder. */
async function place(header: Header, content: AsyncIterable<unknown>, root: string): Promise<string | undefined> {
  const name = safeName(header.name);
  if (name === "") return undefined;
  const base = posix.basename(name);
  const parent = join(root, posix.dirname(name));
  realFolder(root, posix.dirname(name));
  if (base === ".wh..wh..opq") {
    for (const child of readdirSync(parent)) rmSync(join(parent, child), { recursive: true, force: true });
    return undefined;
  }
  if (base.startsWith(".wh.")) {
    rmSync(join(parent, base.slice(".wh.".length)), { recursive: true, force: true });
    return undefined;
  }
  const path = join(root, name);
  if (header.type === "directory") {
    realFolder(root, name);
    return path;
  }
  const present = statusOf(path);
  if (present?.isDirectory()) rmSync(path, { recursive: true });
  else if (present !== undefined) unlinkSync(path);
  switch (header.type) {
    case "file":
    case "contiguous-file": {
      const mode = (header.mode ?? 0o644) & 0o777;
      if ((header.size ?? Number.POSITIVE_INFINITY) > SMALL) await pipeline(content, createWriteStream(path, { mode }));
      else {
        const chunks: Buffer[] = [];
        for await (const chunk of content) chunks.push(chunk as Buffer);
        writeFileSync(path, Buffer.concat(chunks), { mode });
      }
      chmodSync(path, mode);
      return undefined;
    }
    case "symlink":
      // Kept as it is: it is followed only inside the task's own root, and never by this unpacking (see realFolder).
      symlinkSync(header.linkname ?? "", path);
      return undefined;
    case "link": {
      const target = safeName(header.linkname ?? "");
      realFolder(root, posix.dirname(target));
      linkSync(join(root, target), path);
      return undefined;
    }
    default:
      return undefined;
  }
}

/** Of the path itself, not of what it links to; undefined where nothing is. */
function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function safeName(name: string): string {
  const normal = posix.normalize(name.replace(/^\/+/, "")).replace(/\/+$/, "");
  if (normal === "." || normal === "") return "";
  if (normal === ".." || normal.startsWith("../") || normal.includes("\0")) {
    throw new LayerRefused(`layer entry ${JSON.stringify(name)} leads outside the image`);
  }
  return normal;
}

/** Makes the folder and checks that no part of its path is a link, through which a later entry could write elsewhere. */
function realFolder(root: string, name: string): void {
  let path = root;
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    path = join(path, part);
    const present = statusOf(path);
    if (present?.isDirectory()) continue;
    if (present?.isSymbolicLink()) throw new LayerRefused(`layer entry below ${JSON.stringify(name)} leads through a link`);
    if (present !== undefined) unlinkSync(path);
    mkdirSync(path);
  }
}

async function startsWith(file: string, bytes: readonly number[]): Promise<boolean> {
  const handle = await open(file, "r");
  try {
    const head = Buffer.alloc(bytes.length);
    const { bytesRead } = await handle.read(head, 0, bytes.length, 0);
    return bytesRead === bytes.length && bytes.every((byte, index) => head[index] === byte);
  } finally {
    await handle.close();
  }
}
