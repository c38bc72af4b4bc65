// Who may import whom (ARCHITECTURE.md, "Who may import whom"). Each rule names the room and what it may reach; all else is refused.
const room = (name, may, comment) => ({
  name: `${name}-imports`,
  comment,
  severity: "error",
  from: { path: `^src/${name}/`, pathNot: "\\.test(ing)?\\.ts$" },
  to: { path: "^src/", pathNot: `^src/(${[name, ...may].join("|")})/` },
});
const pure = (name) => ({
  name: `${name}-is-pure`,
  comment: "Decisions see no clock, no disk and no network: time, randomness and ids are handed in.",
  severity: "error",
  from: { path: `^src/${name}/`, pathNot: "\\.test(ing)?\\.ts$" },
  to: { dependencyTypes: ["core"] },
});
module.exports = {
  forbidden: [
    { name: "no-circular", severity: "error", from: {}, to: { circular: true, dependencyTypesNot: ["type-only"] } },
    { name: "no-unresolvable", severity: "error", from: {}, to: { couldNotResolve: true } },
    { name: "kit-knows-no-domain", severity: "error", from: { path: "^src/kit/" }, to: { path: "^src/", pathNot: "^src/kit/" } },
    room("model", ["kit"], "Shared nouns."),
    room("engine", ["model", "kit"], "Pure decisions."),
    room("manifest", ["model", "kit"], "The YAML and nothing else."),
    room("synth", ["manifest", "model", "kit"], "Manifest and environment to CloudFormation."),
    room("pricing", ["model", "kit"], "Tasks to money."),
    room("controller", ["engine", "model", "kit"], "The one loop; effects go through its ports."),
    room("simulator", ["controller", "engine", "model", "kit"], "Never the platform."),
    room("platform", ["controller", "engine", "model", "kit"], "Never the simulator, never the tool's own rooms."),
    room("aws", ["model", "kit"], "The only home of SDK clients of the tool."),
    room(
      "deploy",
      ["aws", "manifest", "synth", "pricing", "engine", "model", "kit"],
      "Reaches the platform over HTTP, exactly as it reaches AWS.",
    ),
    room("cli", ["deploy", "aws", "manifest", "synth", "pricing", "simulator", "engine", "model", "kit"], "Verbs and their rendering."),
    pure("engine"),
    pure("manifest"),
    pure("synth"),
    pure("pricing"),
    pure("model"),
    {
      name: "sdk-clients-have-one-home",
      severity: "error",
      from: { path: "^src/(cli|deploy|manifest|synth|engine|controller|model|kit)/" },
      to: { path: "@aws-sdk/client-", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "tests-stay-out",
      severity: "error",
      from: { path: "^src/", pathNot: "\\.test(ing)?\\.ts$" },
      to: { path: "(\\.test(ing)?\\.ts$|^test/)" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types", "node", "default"] },
  },
};
