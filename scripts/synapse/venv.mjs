// Makes synapse/.venv: a virtual environment of this project with a real Synapse and the package ligand_synapse.
// `--tools` installs what checks the package, too. An environment that has everything is left as it is.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const VENV = join(ROOT, "synapse", ".venv");
const MARKER = join(VENV, "installed.json");
export const PYTHON = join(VENV, "bin", "python");

const SYNAPSE = "matrix-synapse==1.163.2";
const TOOLS = ["ruff==0.17.6", "mypy==2.4.1", "mypy-zope==1.0.17"];

/** The first Python that Synapse takes. */
function findPython() {
  const candidates = [process.env["PYTHON"], "python3.13", "python3.12", "python3.11", "python3.10", "python3"];
  for (const candidate of candidates.filter(Boolean)) {
    try {
      const version = execFileSync(candidate, ["-c", "import sys; print(*sys.version_info[:2])"], { encoding: "utf8" });
      const [major, minor] = version.trim().split(" ").map(Number);
      if (major === 3 && minor >= 10) return candidate;
    } catch {
      // Not installed; the next one may be.
    }
  }
  throw new Error("no Python of version 3.10 or later was found; install one, or name it by the variable PYTHON");
}

export function makeVenv({ tools = false } = {}) {
  const wanted = [SYNAPSE, ...(tools ? TOOLS : [])];
  const installed = existsSync(MARKER) ? JSON.parse(readFileSync(MARKER, "utf8")) : [];
  if (wanted.every((requirement) => installed.includes(requirement))) return;
  const run = (program, ...args) => execFileSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (!existsSync(PYTHON)) run(findPython(), "-m", "venv", VENV);
  console.log(`Installing ${wanted.join(", ")} into synapse/.venv`);
  run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...wanted, "--editable", "./synapse");
  writeFileSync(MARKER, JSON.stringify(wanted));
}

if (import.meta.filename === process.argv[1]) makeVenv({ tools: process.argv.includes("--tools") });
