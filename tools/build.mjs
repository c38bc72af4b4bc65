// Bundles the command and the platform. Both are CommonJS, so that V8's compiled code can be cached (bin/load-bundle.cjs),
// in several files: what every start needs, and what a verb or a service loads when it is called.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build, transform } from "esbuild";
import { ensurePackages, root } from "./installed.mjs";

ensurePackages();
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["libsql"],
  define: { "process.env.FSD_VERSION": JSON.stringify(version) },
  logLevel: "warning",
  legalComments: "none",
};

/**
 * The modules that verbs load when they are called: each is a bundle of its own, so that no verb makes the start of
 * another slower. (They hold copies of what they share; nothing in the command depends on there being only one.)
 */
function lazyModules() {
  const folder = join(root, "src", "cli");
  const named = readdirSync(folder)
    .filter((name) => /\.ts$/.test(name) && !/(-handlers?|\.test)\.ts$/.test(name))
    .flatMap((name) => [...readFileSync(join(folder, name), "utf8").matchAll(/import\("\.\/([\w-]+)\.ts"\)/g)].map(([, module]) => module));
  return [...new Set(named)];
}

/** `import("./X.ts")` of one of them stays a `require` of its bundle. */
function lazyBundles(modules) {
  return {
    name: "lazy-bundles",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path }) => {
        const module = path.slice(2, -3);
        return kind === "dynamic-import" && modules.includes(module) ? { path: `./${module}.cjs`, external: true } : undefined;
      });
    },
  };
}

/** commander loads child_process for sub-commands that are programs of their own, which fsd has none of: 5 ms of every start. */
const noSubprograms = {
  name: "no-subprograms",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      importer.includes("/commander/") ? { path: "child_process", namespace: "no-subprograms" } : undefined,
    );
    onLoad({ filter: /.*/, namespace: "no-subprograms" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** The only bundle with AWS clients, which take longer to load than most verbs take in all. */
const AWS_BUNDLE = "aws-verbs.cjs";

function refuseAwsClients({ outputs }) {
  for (const [bundle, { inputs }] of Object.entries(outputs)) {
    const client = Object.keys(inputs).find((file) => /node_modules\/@(aws-sdk|smithy)\//.test(file) && inputs[file].bytesInOutput > 0);
    if (client !== undefined && basename(bundle) !== AWS_BUNDLE) throw new Error(`${bundle} holds ${client}; only ${AWS_BUNDLE} may`);
  }
}

async function buildCommand() {
  const modules = lazyModules();
  const { outputFiles, metafile } = await build({
    ...shared,
    entryPoints: { main: "src/main.ts", ...Object.fromEntries(modules.map((module) => [module, `src/cli/${module}.ts`])) },
    format: "cjs",
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    minifySyntax: true,
    minifyWhitespace: true,
    supported: { "dynamic-import": false },
    plugins: [lazyBundles(modules), noSubprograms],
    write: false,
    metafile: true,
  });
  refuseAwsClients(metafile);
  mkdirSync(join(root, "dist"), { recursive: true });
  // The command's files have no names of their content: its build is known by all of them together.
  const content = createHash("sha256");
  for (const { text } of outputFiles) content.update(text);
  const id = content.digest("hex").slice(0, 16);
  for (const { path, text } of outputFiles) writeFileSync(path, `// ${id}\n${text}`);
}

/**
 * Split as ES modules, so that heavy services load when first used, and written as CommonJS, so that V8's compiled code
 * can be cached.
 */
async function buildPlatform() {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: { platform: "src/platform/main.ts" },
    format: "esm",
    splitting: true,
    // Parsing is most of the platform's start. Names stay, so that a defect's stack still says where it happened.
    minifySyntax: true,
    minifyWhitespace: true,
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
    chunkNames: "chunk/[name]-[hash]",
    write: false,
  });
  mkdirSync(join(root, "dist", "chunk"), { recursive: true });
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      format: "cjs",
      platform: "node",
      target: shared.target,
      define: { "import.meta.dirname": "__dirname" },
      supported: { "dynamic-import": false },
      minifyWhitespace: true,
      logLevel: "warning",
    });
    // Chunks are named by their content, so that the entry, which names them, stands for all.
    writeFileSync(path, `// ${createHash("sha256").update(code).digest("hex").slice(0, 16)}\n${code}`);
  }
}

/** The helper that lives inside the tasks' private network: a small program of its own. */
function buildNamespaceHost() {
  return build({
    ...shared,
    entryPoints: { "namespace-host": "src/platform/runtime/namespace-host.ts" },
    format: "cjs",
    outdir: "dist",
    outExtension: { ".js": ".cjs" },
  });
}

/** What the Node example needs inside its tasks where no Docker Engine runs the `npm install` of its Dockerfile. */
function buildExampleSdk() {
  return build({
    ...shared,
    stdin: {
      contents: 'export { SSMClient, GetParametersByPathCommand, PutParameterCommand } from "@aws-sdk/client-ssm";',
      resolveDir: root,
    },
    format: "esm",
    minify: true,
    outfile: "examples/items-node/vendor/client-ssm.mjs",
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
}

// All, or the one named: `node tools/build.mjs command`.
const wanted = process.argv.slice(2);
const parts = { command: buildCommand, platform: buildPlatform, "namespace-host": buildNamespaceHost, "example-sdk": buildExampleSdk };
await Promise.all(Object.entries(parts).flatMap(([name, make]) => (wanted.length === 0 || wanted.includes(name) ? [make()] : [])));
