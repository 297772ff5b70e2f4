#!/usr/bin/env node
// Makes synapse/.venv, a Python environment with a real Synapse and the package ligand_synapse, for tests and the demo:
//   node scripts/synapse-venv.mjs [REQUIREMENT…]
// Further requirements, in pip's form, are installed as well. Does nothing where all of them are there.
// The interpreter is $PYTHON, else the first of python3, python3.13 to python3.10 that is new enough.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const ENVIRONMENT = join(ROOT, "synapse/.venv");
const PYTHON = join(ENVIRONMENT, "bin/python");
/** What is installed, written once it is. */
const INSTALLED = join(ENVIRONMENT, "installed.json");
const SYNAPSE = "matrix-synapse==1.163.2";
const PACKAGE = join(ROOT, "synapse");
const OLDEST = [3, 10];

const installed = readInstalled();
const missing = [SYNAPSE, PACKAGE, ...process.argv.slice(2)].filter((each) => !installed.includes(each));
if (missing.length > 0) {
  try {
    if (!existsSync(PYTHON)) create();
    install(missing);
  } catch (error) {
    console.error(`synapse-venv: ${error.message}`);
    process.exitCode = 1;
  }
}

function readInstalled() {
  return existsSync(INSTALLED) && existsSync(PYTHON) ? JSON.parse(readFileSync(INSTALLED, "utf8")) : [];
}

function create() {
  const python = findPython();
  rmSync(ENVIRONMENT, { recursive: true, force: true });
  run(python, ["-m", "venv", ENVIRONMENT], "no environment could be made; Debian needs the package python3-venv");
}

function install(requirements) {
  console.log(`synapse-venv: installing ${requirements.join(", ")}`);
  // Editable, so that changes of the package are seen at once.
  const args = requirements.flatMap((each) => (each === PACKAGE ? ["--editable", each] : [each]));
  const quiet = ["--quiet", "--disable-pip-version-check"];
  run(PYTHON, ["-m", "pip", "install", ...quiet, ...args], "pip could not install what is missing");
  writeFileSync(INSTALLED, JSON.stringify([...installed, ...requirements]));
}

function findPython() {
  const candidates = process.env.PYTHON
    ? [process.env.PYTHON]
    : ["python3", "python3.13", "python3.12", "python3.11", "python3.10"];
  const python = candidates.find(isNewEnough);
  if (python) return python;
  throw new Error(
    `Synapse needs Python ${OLDEST.join(".")} or newer; tried ${candidates.join(", ")}. Set PYTHON to one.`,
  );
}

function isNewEnough(python) {
  try {
    execFileSync(python, ["-c", `import sys; sys.exit(sys.version_info < (${OLDEST.join(", ")}))`], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

function run(command, args, otherwise) {
  try {
    execFileSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  } catch (error) {
    throw new Error(`${otherwise} (${command} ${args.join(" ")})`, { cause: error });
  }
}
