// The import direction of docs/architecture: a folder imports from its own tier and from tiers before it.
// Sources are parsed by swc, which keeps type-only imports, because TypeScript 7 has no compiler API.
const { createRequire } = require("node:module");

// The swc that the running dependency-cruiser has: neither is a dependency of this package.
const requireThere = createRequire(process.argv[1]);
const swc = requireThere("@swc/core");
const { Visitor } = requireThere("@swc/core/Visitor.js");

// dependency-cruiser parses files with JSX as if they had none.
const { parseFileSync } = swc;
swc.parseFileSync = (file, options) => parseFileSync(file, { ...options, tsx: file.endsWith(".tsx") });

// The visitor that dependency-cruiser walks a file with stops at a `using` declaration; nothing is imported by one.
const { visitStatement } = Visitor.prototype;
Visitor.prototype.visitStatement = function (statement) {
  return statement.type === "UsingDeclaration" ? statement : visitStatement.call(this, statement);
};

// A file imports from its own tier, from those above it, and on one line from left to right.
const TIERS = [
  ["package"],
  ["errors"],
  ["matrix"],
  ["hooks"],
  ["dispatch"],
  ["catalogue"],
  ["logging", "options"],
  ["services"],
  ["watch"],
  ["config", "modules", "web"],
  ["default-services"],
  ["homeserver"],
  ["remote/wire", "remote/homeserver-side"],
  ["operate"],
  ["decisions"],
  ["telemetry"],
  ["container"],
  ["lock"],
  ["start", "start-isolated", "prepare-start", "start-options", "survey-modules"],
  ["remote/module-side"],
  ["on-demand"],
  ["replay"],
  ["inspector"],
  ["testing", "cli", "index"],
];

/** Matches the files of tiers: folders of src/, and files directly in it. */
function filesOf(tiers) {
  return `^src/(${tiers.flat().join("|")})(/|\\.tsx?$)`;
}

/** What users import or run. */
const ENTRIES =
  "^src/(index|homeserver|testing|cli/main|modules/parse-graph|remote/module-side/isolated-process|watch/watch-thread)\\.ts$";

/** What tests are made of, beside the hooks that it's of; not in the package. */
const SAMPLES = "\\.samples\\.ts$|^src/hooks/samples\\.ts$";

const direction = TIERS.slice(0, -1).map((tier, index) => ({
  name: `${tier.join("-")}-imports-later-tier`,
  comment: `Only tiers before it: ${TIERS.slice(0, index).flat().join(", ") || "none"}.`,
  severity: "error",
  from: { path: filesOf([tier]) },
  to: { path: filesOf(TIERS.slice(index + 1)) },
}));

module.exports = {
  forbidden: [
    ...direction,
    {
      name: "no-circle",
      comment: "No file imports itself by way of others, not even for a type.",
      severity: "error",
      from: { path: "^src/" },
      to: { circular: true },
    },
    {
      name: "core-without-node",
      comment: "What declares and dispatches hooks needs nothing of Node.",
      severity: "error",
      from: { path: filesOf(["errors", "matrix", "hooks", "dispatch", "catalogue"]) },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "noting-on-demand",
      comment: "A process of modules loads what notes reads only where decisions are recorded.",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^src/remote/module-side/noted-reads\\.ts$", dynamic: false, dependencyTypesNot: ["type-only"] },
    },
    {
      name: "no-dead-file",
      comment: "Nothing that users reach imports the file.",
      severity: "error",
      from: { path: ENTRIES },
      to: { path: "^src/", pathNot: `${ENTRIES}|${SAMPLES}`, reachable: false },
    },
    {
      name: "no-unplaced-folder",
      comment: "Each file of src/ belongs to a tier; a new folder needs a place in the list above.",
      severity: "error",
      from: {},
      to: { path: "^src/", pathNot: filesOf(TIERS) },
    },
    {
      name: "no-unresolvable",
      comment: "The import resolves to nothing. (Files of types alone, without code, are not found.)",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^class-transformer/types/" },
    },
    {
      name: "no-dev-dependency",
      comment: "Users of the package do not have its dev dependencies.",
      severity: "error",
      from: { path: "^src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer", "type-only"] },
    },
  ],
  options: {
    parser: "swc",
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(dist|build)/" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "node", "default"],
    },
  },
};
