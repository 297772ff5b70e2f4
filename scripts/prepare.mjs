// Builds the package where npm installs it from a git address or a folder, and after `npm ci` in a clone.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const COMPILER = join(ROOT, "node_modules", "typescript", "bin", "tsc");

if (existsSync(COMPILER)) {
  execFileSync(process.execPath, [COMPILER, "-b", "src"], { cwd: ROOT, stdio: "inherit" });
} else if (!existsSync(join(ROOT, "dist", "index.js"))) {
  // npm links a folder that it is given, and installs nothing in it.
  console.error(`ligand is not built, and what builds it is not installed: run \`npm ci\` in ${ROOT} first`);
  process.exitCode = 1;
}
