// Compiles src/ and examples/ before one of them is run, and says so: the first time, it takes seconds.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

console.log("Compiling src/ and examples/ (`tsc -b examples`): a few seconds the first time, then one.");
try {
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-b", "examples"], { cwd: ROOT, stdio: "inherit" });
} catch (error) {
  // The compiler has said what is wrong.
  process.exitCode = error.status ?? 1;
}
