// Drives real clients against the example homeserver: `npm run test:clients`. Installs what they need, except Chromium, by
// this project's own means. Further arguments are those of mocha.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findPython } from "../synapse/venv.mjs";

const ROOT = join(import.meta.dirname, "..", "..");
const CLIENTS = join(ROOT, "test", "clients");

/** The clients of Python, in test/clients/.venv. */
function installPythonClients() {
  const venv = join(CLIENTS, ".venv");
  const requirements = readFileSync(join(CLIENTS, "requirements.txt"), "utf8");
  const marker = join(venv, "installed.txt");
  if (existsSync(marker) && readFileSync(marker, "utf8") === requirements) return;
  const python = join(venv, "bin", "python");
  if (!existsSync(python)) run(findPython(["3.13", "3.12", "3.11", "3.10"]), "-m", "venv", venv);
  console.log("Installing matrix-nio, mautrix and matrix-commander into test/clients/.venv");
  run(
    python,
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "-r",
    join(CLIENTS, "requirements.txt"),
  );
  writeFileSync(marker, requirements);
}

/** matrix-js-sdk needs Node 22; the homeserver runs on the Node that is there. */
function findNode22() {
  const [major] = process.versions.node.split(".").map(Number);
  if (major >= 22) return process.execPath;
  const name = `node-linux-${process.arch}`;
  const folder = join(ROOT, "build", "node-22");
  const node = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(node)) {
    console.log(`Installing Node 22 into build/node-22, because this is Node ${process.versions.node}`);
    run("npm", "install", "--prefix", folder, "--no-save", "--no-package-lock", "--silent", `${name}@22`);
  }
  return node;
}

function findChromium() {
  const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = [process.env["CHROMIUM"], ...places].find((place) => place !== undefined && existsSync(place));
  if (found === undefined) {
    throw new Error(
      "Hydrogen needs Chromium. Install Debian's package chromium, or name another by the variable CHROMIUM.",
    );
  }
  return found;
}

function run(program, ...args) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with status ${status}`);
}

try {
  const env = { ...process.env, CHROMIUM: findChromium(), NODE_22: findNode22() };
  installPythonClients();
  const mocha = join(ROOT, "node_modules", "mocha", "bin", "mocha.js");
  const args = [mocha, "--config", ".mocharc.clients.json", ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit", env }).status ?? 1;
} catch (error) {
  console.error(`test:clients: ${error.message}`);
  process.exitCode = 1;
}
