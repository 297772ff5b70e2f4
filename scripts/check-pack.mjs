// Checks what the package would contain: what users need, and nothing of the workshop.
import { execFileSync } from "node:child_process";

const REQUIRED = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "dist/index.js",
  "dist/index.d.ts",
  "dist/homeserver.js",
  "dist/homeserver.d.ts",
  "dist/testing.js",
  "dist/testing.d.ts",
  "dist/cli/main.js",
  "synapse/pyproject.toml",
  "synapse/src/ligand_synapse/__init__.py",
  "synapse/src/ligand_synapse/hook_table.json",
];
const ALLOWED =
  /^(dist\/.+\.(js|js\.map|d\.ts)|synapse\/(pyproject\.toml|README\.md|src\/ligand_synapse\/(\w+\.py|py\.typed|hook_table\.json))|docs\/.+\.md|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/;
const MAX_UNPACKED_BYTES = 5 * 1024 * 1024;

const [{ files, unpackedSize }] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" }),
);
const paths = files.map(({ path }) => path);
const problems = [
  ...REQUIRED.filter((path) => !paths.includes(path)).map((path) => `${path} is missing`),
  ...paths.filter((path) => !ALLOWED.test(path)).map((path) => `${path} does not belong into the package`),
  ...(unpackedSize > MAX_UNPACKED_BYTES ? [`${unpackedSize} bytes unpacked; at most ${MAX_UNPACKED_BYTES}`] : []),
];
for (const problem of problems) console.error(`npm pack: ${problem}`);
if (problems.length > 0) process.exit(1);
console.log(`npm pack: ${paths.length} files, ${unpackedSize} bytes`);
