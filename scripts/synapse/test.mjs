// The tests of the bridge to Synapse: of the Python package, and of both sides against a real Synapse. With --oldest, all
// that runs against the oldest Synapse; else all against the newest, and against the oldest what shows most for the time.
// Further arguments are those of mocha.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { makeOldestVenv, makeVenv, PYTHON, pythonOf } from "./venv.mjs";

const ROOT = join(import.meta.dirname, "..", "..");
const PACKAGE = join(ROOT, "synapse");

/** A Synapse with workers needs both. */
const SERVERS = ["postgres", "redis"].flatMap((name) => [process.execPath, `scripts/with-${name}.mjs`, "--required"]);

const WHOLE = ".mocharc.synapse.json";
/** Sending, rooms, logins, services and web resources. */
const PART = ".mocharc.synapse-oldest.json";

const isOldest = process.argv.includes("--oldest");
const rest = process.argv.slice(2).filter((each) => each !== "--oldest");

function run(name, cwd, program, args, env = {}) {
  console.log(`== ${name}`);
  const { status } = spawnSync(program, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit" });
  return status === 0;
}

function unitTests(name) {
  return run(`unit tests of the Python package, ${name} Synapse`, PACKAGE, pythonOf(name), [
    "-m",
    "twisted.trial",
    "tests",
  ]);
}

function realSynapse(name, config, args = []) {
  const mocha = ["npx", "mocha", "--config", config, ...args];
  const [program, ...servers] = SERVERS;
  return run(`a real Synapse, the ${name}`, ROOT, program, [...servers, ...mocha], { SYNAPSE_PYTHON: pythonOf(name) });
}

makeOldestVenv();
if (isOldest) {
  process.exitCode = [unitTests("oldest"), realSynapse("oldest", WHOLE, rest)].every(Boolean) ? 0 : 1;
} else {
  makeVenv("tools", "workers", "oidc");
  const passed = [
    run("ruff format", PACKAGE, PYTHON, ["-m", "ruff", "format", "--check", "."]),
    run("ruff check", PACKAGE, PYTHON, ["-m", "ruff", "check", "."]),
    run("mypy", PACKAGE, PYTHON, ["-m", "mypy"]),
    unitTests("newest"),
    unitTests("oldest"),
    realSynapse("newest", WHOLE, rest),
    realSynapse("oldest", PART),
  ];
  process.exitCode = passed.every(Boolean) ? 0 : 1;
}
