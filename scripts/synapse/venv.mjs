// Makes synapse/.venv: a virtual environment of this project with a real Synapse and the package ligand_synapse.
//   node scripts/synapse/venv.mjs [tools] [workers] [oidc] [bench]
// installs what checks the package, what a Synapse with workers or with logins by OpenID Connect needs, and what it is
// measured against, too. An environment that has everything is left as it is.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const VENV = join(ROOT, "synapse", ".venv");
const MARKER = join(VENV, "installed.json");
export const PYTHON = join(VENV, "bin", "python");

const SYNAPSE = "matrix-synapse==1.163.2";
const FURTHER = {
  tools: ["ruff==0.17.6", "mypy==2.4.1", "mypy-zope==1.0.17"],
  // The binary package needs no compiler and no headers.
  workers: ["matrix-synapse[redis]==1.163.2", "psycopg2-binary>=2.9"],
  // Pure Python.
  oidc: ["matrix-synapse[oidc]==1.163.2"],
  bench: ["synapse-http-antispam==0.5.1"],
};

/** The first Python that Synapse takes. */
export function findPython() {
  const candidates = [process.env["PYTHON"], "python3.13", "python3.12", "python3.11", "python3.10", "python3"];
  for (const candidate of candidates.filter(Boolean)) {
    try {
      const version = execFileSync(candidate, ["-c", "import sys; print(*sys.version_info[:2])"], {
        encoding: "utf8",
        // What is not there may say so.
        stdio: ["ignore", "pipe", "ignore"],
      });
      const [major, minor] = version.trim().split(" ").map(Number);
      if (major === 3 && minor >= 10) return candidate;
    } catch {
      // Not installed; the next one may be.
    }
  }
  throw new Error("no Python of version 3.10 or later was found; install one, or name it by the variable PYTHON");
}

/** @param {...keyof typeof FURTHER} further what else is needed */
export function makeVenv(...further) {
  const wanted = [SYNAPSE, ...further.flatMap((name) => FURTHER[name])];
  const installed = existsSync(MARKER) ? JSON.parse(readFileSync(MARKER, "utf8")) : [];
  const missing = wanted.filter((requirement) => !installed.includes(requirement));
  if (missing.length === 0) return;
  const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (!existsSync(PYTHON)) run(findPython(), "-m", "venv", VENV);
  console.log(`Installing ${missing.join(", ")} into synapse/.venv`);
  run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...missing, "--editable", "./synapse");
  writeFileSync(MARKER, JSON.stringify([...installed, ...missing]));
}

if (import.meta.filename === process.argv[1]) makeVenv(...process.argv.slice(2));
