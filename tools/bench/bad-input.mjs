// Files that are no manifests, or hide a bomb: each must end as a clear diagnostic, soon and small. Measured are whole
// commands (`fsd validate`), CPU time because a busy machine is no fault of theirs; the worst of all is what counts.
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fsd, line, used } from "./measure.mjs";

export const name = "bad-input";

const MIB = 1024 * 1024;
const service = (body) => `apiVersion: fsd/v1\nkind: Service\nmetadata: {name: api}\nservice: ${body}\n`;
const good = service("{type: ecs, image: a:1, port: 80}");
const filled = (head, piece, bytes = MIB - 1) => head + piece.repeat(Math.floor((bytes - head.length) / piece.length));

/** Files of a folder by situation, a number being so many zero bytes; a situation without files names a place that does not exist. */
const situations = {
  "a binary file": { "fsd.yml": Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256)) },
  "a file of 1 MiB and a byte": { "fsd.yml": "#".repeat(MIB + 1) },
  "a file of 300 MiB": { "fsd.yml": 300 * MIB },
  "an alias bomb": {
    "fsd.yml": Array.from(
      { length: 30 },
      (_, level) =>
        `a${level}: &a${level} [${Array(9)
          .fill(level === 0 ? "x" : `*a${level - 1}`)
          .join(", ")}]\n`,
    ).join(""),
  },
  "a mebibyte of opening brackets": { "fsd.yml": "[".repeat(MIB - 1) },
  "a mebibyte of nested lists": { "fsd.yml": filled("", "- ") },
  "a mebibyte of a list in a list": { "fsd.yml": filled("a: ", "[[1],") },
  "a mebibyte of unknown fields": { "fsd.yml": `${good}${Array.from({ length: 60_000 }, (_, index) => `x${index}: 1\n`).join("")}` },
  "a mebibyte of one key": { "fsd.yml": filled("", "a: 1\n") },
  "a mebibyte of documents": { "fsd.yml": filled("", "---\na: 1\n") },
  "a mebibyte of one text": { "fsd.yml": `a: ${"x".repeat(MIB - 4)}` },
  "a mebibyte of anchors": { "fsd.yml": Array.from({ length: 60_000 }, (_, index) => `k${index}: &a${index} 1\n`).join("") },
  "a mebibyte of variables": { "fsd.yml": service(`{type: ecs, image: "${"${A}".repeat(200_000)}", port: 80}`) },
  "a mebibyte of different variables": {
    "fsd.yml": service(`{type: ecs, image: "${Array.from({ length: 100_000 }, (_, index) => `\${A${index}}`).join("")}", port: 80}`),
  },
  "a tab": { "fsd.yml": "apiVersion: fsd/v1\n\tkind: Service\n" },
  "a key given twice": { "fsd.yml": `${good}metadata: {name: b}\n` },
  "an unknown kind": { "fsd.yml": good.replace("Service", "Servce") },
  "wrong types everywhere": {
    "fsd.yml": service("{type: [1], image: {a: b}, port: often, resources: 7, healthCheck: [x], environment: 3}"),
  },
  "two services of one name": { "a.yml": good, "b.yml": good },
  "a folder without a manifest": { "README.md": "nothing\n" },
  "a file that is not there": undefined,
};

export function run() {
  const folder = mkdtempSync(join(tmpdir(), "fsd-bad-"));
  try {
    const all = Object.entries(situations).map(([what, files], index) => {
      const place = join(folder, String(index));
      if (files !== undefined) mkdirSync(place);
      for (const [name, content] of Object.entries(files ?? {})) {
        writeFileSync(join(place, name), typeof content === "number" ? "" : content);
        if (typeof content === "number") truncateSync(join(place, name), content);
      }
      const names = Object.keys(files ?? {});
      const given = names.length === 1 && names[0] === "fsd.yml" ? join(place, "fsd.yml") : place;
      const { cpuMs, megabytes, status, stdout, stderr } = used(process.execPath, [fsd, "validate", "-f", given, "--env", "dev"]);
      rmSync(place, { recursive: true, force: true });
      const clear = status === 2 && /\berror FSD\d{4} /.test(stdout + stderr);
      return { what, cpuMs, megabytes, clear };
    });
    const slowest = all.reduce((worst, each) => (each.cpuMs > worst.cpuMs ? each : worst));
    const largest = all.reduce((worst, each) => (each.megabytes > worst.megabytes ? each : worst));
    const unclear = all.filter(({ clear }) => !clear).map(({ what }) => what);
    return [
      line(
        `fsd validate of ${all.length} kinds of bad input, the worst of them`,
        "a second, 200 MB, exit 2 with a diagnostic",
        `${(slowest.cpuMs / 1000).toFixed(2)} s of CPU (${slowest.what}), ${Math.round(largest.megabytes)} MB (${largest.what})${unclear.length === 0 ? "" : `, not clear: ${unclear.join(", ")}`}`,
        "at most 1 s, 200 MB, all clear",
        slowest.cpuMs <= 1_000 && largest.megabytes <= 200 && unclear.length === 0,
      ),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
