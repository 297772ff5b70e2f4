// Packs the package into build/, and checks what it contains: what users need, and nothing of the workshop.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const REQUIRED = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "bundle/index.js",
  "dist/index.d.ts",
  "bundle/homeserver.js",
  "dist/homeserver.d.ts",
  "bundle/testing.js",
  "dist/testing.d.ts",
  "bundle/cli/main.js",
  "bundle/modules/parse-graph.js",
  "bundle/package.js",
  "bundle/remote/module-side/isolated-process.js",
  "bundle/watch/watch-thread.js",
  "bundle/LICENSES.txt",
  "synapse/pyproject.toml",
  "synapse/src/ligand_synapse/__init__.py",
  "synapse/src/ligand_synapse/hook_table.json",
];
const ALLOWED =
  /^(bundle\/.+\.(js|js\.map)|bundle\/LICENSES\.txt|dist\/.+\.d\.ts|synapse\/(pyproject\.toml|README\.md|src\/ligand_synapse\/(\w+\.py|py\.typed|hook_table\.json))|docs\/.+\.(md|yaml|json)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
const MAX_UNPACKED_BYTES = 8 * 1024 * 1024;

const [{ files, unpackedSize }] = JSON.parse(
  execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", "build"], { encoding: "utf8" }),
);
const paths = files.map(({ path }) => path);
/** What pages tell readers to run or read in the package once it's installed. */
const named = paths
  .filter((path) => path.endsWith(".md"))
  .flatMap((page) =>
    Array.from(readFileSync(page, "utf8").matchAll(/node_modules\/ligand\/([\w./-]+\w)/g), ([, path]) => ({
      page,
      path,
    })),
  );
const problems = [
  ...REQUIRED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
  ...paths.filter((path) => !ALLOWED.test(path)).map((path) => `${path} does not belong into the package`),
  ...named
    .filter(({ path: asked }) => !paths.some((path) => path === asked || path.startsWith(`${asked}/`)))
    .map(({ page, path }) => `${page} names ${path}, which is missing`),
  ...(unpackedSize > MAX_UNPACKED_BYTES ? [`${unpackedSize} bytes unpacked; at most ${MAX_UNPACKED_BYTES}`] : []),
];
for (const problem of problems) console.error(`npm pack: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`npm pack: ${paths.length} files, ${unpackedSize} bytes`);
