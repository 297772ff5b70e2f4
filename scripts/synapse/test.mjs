// The tests of the bridge to Synapse: of the Python package, and of both sides against a real Synapse. Further arguments
// are those of mocha.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { makeVenv, PYTHON } from "./venv.mjs";

const ROOT = join(import.meta.dirname, "..", "..");

/** A Synapse with workers needs both. */
const SERVERS = ["postgres", "redis"].flatMap((name) => [process.execPath, `scripts/with-${name}.mjs`, "--required"]);

function run(name, cwd, program, ...args) {
  console.log(`== ${name}`);
  const { status } = spawnSync(program, args, { cwd, stdio: "inherit" });
  return status === 0;
}

makeVenv("tools", "workers", "oidc");
const pythonPackage = join(ROOT, "synapse");
const passed = [
  run("ruff format", pythonPackage, PYTHON, "-m", "ruff", "format", "--check", "."),
  run("ruff check", pythonPackage, PYTHON, "-m", "ruff", "check", "."),
  run("mypy", pythonPackage, PYTHON, "-m", "mypy"),
  run("unit tests of the Python package", pythonPackage, PYTHON, "-m", "twisted.trial", "tests"),
  run(
    "a real Synapse",
    ROOT,
    ...SERVERS,
    "npx",
    "mocha",
    "--config",
    ".mocharc.synapse.json",
    ...process.argv.slice(2),
  ),
];
process.exitCode = passed.every(Boolean) ? 0 : 1;
