// Makes virtual environments of this project with a real Synapse and the package ligand_synapse.
//   node scripts/synapse/venv.mjs [tools] [workers] [oidc] [bench]
// makes synapse/.venv with the newest Synapse, and installs what checks the package, what a Synapse with workers or with
// logins by OpenID Connect needs, and what it is measured against, too;
//   node scripts/synapse/venv.mjs oldest
// makes synapse/.venv-oldest with the oldest Synapse that the bridge works with. An environment that has everything is
// left as it is.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");

const NEWEST = "1.163.2";
/** synapse/src/ligand_synapse/supported.py says why. */
const OLDEST = "1.139.0";

const FURTHER = {
  tools: ["ruff==0.17.6", "mypy==2.4.1", "mypy-zope==1.0.17"],
  // The binary package needs no compiler and no headers.
  workers: [`matrix-synapse[redis]==${NEWEST}`, "psycopg2-binary>=2.9"],
  // Pure Python.
  oidc: [`matrix-synapse[oidc]==${NEWEST}`],
  bench: ["synapse-http-antispam==0.5.1"],
};

/** An environment: its folder, what is in it, and the versions of Python to make it with, the best first. */
const ENVIRONMENTS = {
  newest: {
    folder: ".venv",
    pythons: ["3.13", "3.12", "3.11", "3.10"],
    requirements: (further) => [`matrix-synapse==${NEWEST}`, ...further.flatMap((name) => FURTHER[name])],
  },
  oldest: {
    folder: ".venv-oldest",
    pythons: ["3.10", "3.11", "3.12", "3.13"],
    // Later releases of its dependency can't be imported by a Synapse of that time.
    requirements: () => [`matrix-synapse[oidc,redis]==${OLDEST}`, "psycopg2-binary>=2.9", "prometheus-client==0.22.1"],
  },
};

/** The interpreter of an environment. */
export function pythonOf(name) {
  return join(ROOT, "synapse", ENVIRONMENTS[name].folder, "bin", "python");
}

export const PYTHON = pythonOf("newest");

/** The first Python of the versions that is there: named by the variable PYTHON, on PATH, or kept by pyenv. */
export function findPython(versions) {
  const candidates = [
    process.env["PYTHON"],
    ...versions.flatMap((version) => [`python${version}`, ...kept(version)]),
    "python3",
  ];
  for (const candidate of candidates.filter(Boolean)) {
    const [major, minor] = output(candidate, "-c", "import sys; print(*sys.version_info[:2])").split(" ").map(Number);
    if (major === 3 && minor >= 10) return candidate;
  }
  throw new Error("no Python of version 3.10 or later was found; install one, or name it by the variable PYTHON");
}

function kept(version) {
  const root = output("pyenv", "root");
  const names = output("pyenv", "versions", "--bare", "--skip-aliases").split("\n");
  return names
    .filter((name) => name.startsWith(`${version}.`))
    .map((name) => join(root, "versions", name, "bin/python"));
}

/** What a program says; nothing when it isn't there. */
function output(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

/** @param {...keyof typeof FURTHER} further what else is needed */
export function makeVenv(...further) {
  make("newest", further);
}

export function makeOldestVenv() {
  make("oldest", []);
}

function make(name, further) {
  const { folder, pythons, requirements } = ENVIRONMENTS[name];
  const venv = join(ROOT, "synapse", folder);
  const marker = join(venv, "installed.json");
  const installed = existsSync(marker) ? JSON.parse(readFileSync(marker, "utf8")) : [];
  const missing = requirements(further).filter((requirement) => !installed.includes(requirement));
  if (missing.length === 0) return;
  const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: "inherit" });
  const python = pythonOf(name);
  if (!existsSync(python)) run(findPython(pythons), "-m", "venv", venv);
  console.log(`Installing ${missing.join(", ")} into synapse/${folder}, with ${output(python, "--version")}`);
  run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...missing, "--editable", "./synapse");
  writeFileSync(marker, JSON.stringify([...installed, ...missing]));
}

if (import.meta.filename === process.argv[1]) {
  const names = process.argv.slice(2);
  if (names.includes("oldest")) makeOldestVenv();
  else makeVenv(...names);
}
