// A real Synapse with the modules of a configuration beside it, for `npm run operate:demo -- --synapse`.
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { install } from "../packages.mjs";
import { freePort } from "../free-port.mjs";
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
  const health = `127.0.0.1:${await freePort()}`;
  const options = ["--control", control, "--health", `tcp:${health}`, "--last-good", join(folder, "last-good")];
  const command = ["serve", configFile, "--listen", socket, ...options];
  let serve = await startServe(command, onLine);
  const synapse = await RunningSynapse.start({
    directory: folder,
    modules: [
      {
        module: "ligand_synapse.LigandModules",
        config: { socket, on_disconnect: { check_event_for_spam: "allow", user_may_create_room: "allow" } },
      },
    ],
  });
  const stopServe = async () => {
    if (serve.exitCode !== null || serve.signalCode !== null) return;
    const ended = once(serve, "exit");
    serve.kill();
    await ended;
  };
  return {
    url: synapse.url,
    reload: () => output("reload", "--control", control),
    health: () => healthOf(health),
    async reboot() {
      await stopServe();
      serve = await startServe(command, onLine);
      // The modules start once Synapse has connected again; until then it follows `on_disconnect`.
      while ((await healthOf(health)).status === "waiting") await setTimeout(100);
      const ready = await fetch(`http://${health}/health/ready`);
      return `GET /health/ready says ${(await ready.text()).trim()}`;
    },
    async stop() {
      await synapse.stop();
      await stopServe();
    },
  };
}

async function healthOf(address) {
  const response = await fetch(`http://${address}/health`);
  return response.json();
}

async function startServe(command, onLine) {
  const { untilExit } = await import("../../build/test/synapse/until-exit.js");
  const serve = untilExit(spawn(process.execPath, [LIGAND, ...command], { stdio: ["ignore", "inherit", "pipe"] }));
  await new Promise((resolve, reject) => {
    serve.once("exit", (code) => reject(new Error(`ligand serve exited with code ${code}`)));
    createInterface({ input: serve.stderr }).on("line", (line) => {
      onLine(line);
      if (line.includes("listening on")) resolve();
    });
  });
  return serve;
}

/** What a command prints, whether it succeeds or not. */
function output(...args) {
  return new Promise((resolve) =>
    execFile(process.execPath, [LIGAND, ...args], (_, stdout, stderr) => resolve(`${stdout}${stderr}`.trim())),
  );
}
