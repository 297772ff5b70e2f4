// A real Synapse with the modules of a configuration beside it, for `npm run operate:demo -- --synapse`.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { install } from "../packages.mjs";
import { makeVenv } from "./venv.mjs";

const ROOT = join(import.meta.dirname, "..", "..");
const LIGAND = join(ROOT, "dist", "cli", "main.js");

/**
 * Starts both.
 *
 * @param onLine called with each line that `ligand serve` logs
 */
export async function startOperatedSynapse(configFile, folder, onLine) {
  makeVenv();
  install("synapse");
  const compiler = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  execFileSync(process.execPath, [compiler, "-b", "test/synapse"], { cwd: ROOT, stdio: "inherit" });
  const { RunningSynapse } = await import("../../build/test/synapse/running-synapse.js");
  const [socket, control] = ["serve", "control"].map((name) => `unix:${join(folder, `${name}.sock`)}`);
  const serve = spawn(process.execPath, [LIGAND, "serve", configFile, "--listen", socket, "--control", control], {
    stdio: ["ignore", "inherit", "pipe"],
  });
  const listens = new Promise((resolve) => {
    createInterface({ input: serve.stderr }).on("line", (line) => {
      onLine(line);
      if (line.includes("listening on")) resolve();
    });
  });
  await listens;
  const synapse = await RunningSynapse.start({
    directory: folder,
    modules: [{ module: "ligand_synapse.LigandModules", config: { socket } }],
  });
  return {
    url: synapse.url,
    reload: () =>
      new Promise((resolve) =>
        execFile(process.execPath, [LIGAND, "reload", "--control", control], (_, stdout, stderr) =>
          resolve(`${stdout}${stderr}`.trim()),
        ),
      ),
    async stop() {
      await synapse.stop();
      serve.kill();
      await once(serve, "exit");
    },
  };
}
