// Bundles the command and the platform. The command is CommonJS, so that V8's compiled code can be cached (bin/fsd),
// in several files: what every start needs, and one for each module that a verb loads when it is called.
// The platform is ES modules, split, so that heavy services load when first used.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
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
  for (const { path, text } of outputFiles) {
    // The first line names the content: the key of the code cache.
    writeFileSync(path, `// ${createHash("sha256").update(text).digest("hex").slice(0, 16)}\n${text}`);
  }
}

function buildPlatform() {
  return build({
    ...shared,
    entryPoints: { platform: "src/platform/main.ts" },
    format: "esm",
    splitting: true,
    // Parsing is most of the platform's start. Names stay, so that a defect's stack still says where it happened.
    minifySyntax: true,
    minifyWhitespace: true,
    outdir: "dist",
    outExtension: { ".js": ".mjs" },
    chunkNames: "chunk/[name]-[hash]",
    banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  });
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
