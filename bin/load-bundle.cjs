// Runs a bundle of CommonJS modules with V8's compiled code kept between runs: half of a command's start, and of a
// platform's first answers what it costs to compile each function when it is first called.
// All that a program has compiled lies in one file beside the bundle, or in the user's cache folder where that one is
// read-only; where neither can be written the program runs all the same. The file belongs to one build and one Node.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { createRequire } = require("node:module");

/**
 * Runs `dist/<entry>`; what it requires by a relative path is of the bundle too.
 * `program` names the compiled code, one set for each. A program that lives long and compiles more each time it is used
 * (`grows`) keeps its compiled code anew when there is clearly more of it.
 */
exports.run = (dist, entry, { program, grows = false }) => {
  const file = path.join(dist, entry);
  // The first line of an entry names the content of the whole build.
  const build = /^\/\/ (\w+)\n/.exec(source(file).slice(0, 80))?.[1];
  const name = `${program}-${process.version}-${process.arch}-${build}.code`;
  const folders = build === undefined ? [] : cacheFolders(dist);
  const kept = opened(folders, name);
  const scripts = new Map();
  let missing = false;
  process.once("exit", () => {
    if (missing || grows) keep(folders, name, kept, scripts, missing);
  });
  const modules = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const id = path.relative(dist, file);
    const cachedData = kept?.read(id);
    const script = new vm.Script(`(function (require, module, exports, __filename, __dirname) {${source(file)}\n})`, {
      filename: file,
      cachedData,
    });
    if (cachedData === undefined || script.cachedDataRejected) missing = true;
    scripts.set(id, script);
    const module = { exports: {} };
    modules.set(file, module);
    const nodeRequire = createRequire(file);
    const require = (id) => (/^\.\.?\/.*\.cjs$/.test(id) ? load(path.join(path.dirname(file), id)) : nodeRequire(id));
    require.resolve = nodeRequire.resolve;
    script.runInThisContext()(require, module, module.exports, file, path.dirname(file));
    return module.exports;
  };
  return load(file);
};

function source(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    process.stderr.write(`fsd is not built: ${file} is missing.\n  → npm run build\n`);
    process.exit(2);
  }
}

function cacheFolders(dist) {
  const home = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, ".cache"));
  return [path.join(dist, ".code"), ...(home ? [path.join(home, "fsd", "code")] : [])];
}

/** The kept code: a line of JSON (`{"<module>": [from, length]}`, counted from after the line), then the code itself. */
function opened(folders, name) {
  for (const folder of folders) {
    let handle;
    try {
      handle = fs.openSync(path.join(folder, name), "r");
      const head = Buffer.alloc(64 * 1024);
      const start = head.subarray(0, fs.readSync(handle, head, 0, head.length, 0)).indexOf("\n") + 1;
      const places = JSON.parse(head.subarray(0, start).toString());
      return {
        ids: Object.keys(places),
        bytes: Object.values(places).reduce((sum, [, length]) => sum + length, 0),
        read(id) {
          if (!Object.hasOwn(places, id)) return undefined;
          const [from, length] = places[id];
          const code = Buffer.alloc(length);
          return fs.readSync(handle, code, 0, length, start + from) === length ? code : undefined;
        },
      };
    } catch {
      // Not there, or cut off: compiled anew.
      if (handle !== undefined) fs.closeSync(handle);
    }
  }
  return undefined;
}

function keep(folders, name, kept, scripts, missing) {
  // What this run did not load stays as it is.
  const codes = new Map((kept?.ids ?? []).flatMap((id) => (scripts.has(id) ? [] : [[id, kept.read(id)]])));
  for (const [id, script] of scripts) codes.set(id, script.createCachedData());
  const bytes = [...codes.values()].reduce((sum, { length }) => sum + length, 0);
  if (!missing && bytes < kept.bytes * 1.1) return;
  let from = 0;
  const places = {};
  for (const [id, { length }] of codes) {
    places[id] = [from, length];
    from += length;
  }
  for (const folder of folders) {
    try {
      fs.mkdirSync(folder, { recursive: true });
      const part = path.join(folder, `.${name}.${process.pid}`);
      fs.writeFileSync(part, Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`), ...codes.values()]));
      fs.renameSync(part, path.join(folder, name));
      // What earlier builds kept is of no use any more.
      const same = name.slice(0, name.lastIndexOf("-") + 1);
      for (const old of fs.readdirSync(folder)) if (old !== name && old.startsWith(same)) fs.unlinkSync(path.join(folder, old));
      return;
    } catch {
      // Not writable: the next folder, or none.
    }
  }
}
