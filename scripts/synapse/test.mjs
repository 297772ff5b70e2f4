// The tests of the bridge to Synapse: of the Python package, and of both sides against a real Synapse. Further arguments
// are mocha's.
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const PACKAGE = join(ROOT, "synapse");
const PYTHON = join(PACKAGE, ".venv", "bin", "python");
const TOOLS = ["ruff==0.17.6", "mypy==2.4.1", "mypy-zope==1.0.17"];

function run(name, cwd, program, ...args) {
  console.log(`== ${name}`);
  return spawnSync(program, args, { cwd, stdio: "inherit" }).status === 0;
}

if (!run("the environment", ROOT, process.execPath, "scripts/synapse-venv.mjs", ...TOOLS)) process.exit(1);
const passed = [
  run("ruff format", PACKAGE, PYTHON, "-m", "ruff", "format", "--check", "."),
  run("ruff check", PACKAGE, PYTHON, "-m", "ruff", "check", "."),
  run("mypy", PACKAGE, PYTHON, "-m", "mypy"),
  run("unit tests of the Python package", PACKAGE, PYTHON, "-m", "twisted.trial", "tests"),
  run("a real Synapse", ROOT, "npx", "mocha", "--config", ".mocharc.synapse.json", ...process.argv.slice(2)),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
