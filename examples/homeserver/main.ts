// Starts the homeserver of homeserver.yaml: `npm start`. The README says by which variables it can be changed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { createLogger, ReloadError, serveInspector, type Observation, type ServedInspector } from "ligand";
import { readServer } from "../replay/read-server.js";
import { decisionLine } from "./decision-line.js";
import { startHomeserver } from "./start-homeserver.js";
import { openStorage } from "./storage/open-storage.js";
import { welcome } from "./welcome.js";

// The heap grows in small steps: this homeserver has few users, and its machine other work.
setFlagsFromString("--optimize-for-size");

const {
  CONFIG_FILE: configFile = "examples/homeserver/homeserver.yaml",
  MODULES_FILE: modulesFile,
  DATA_DIR: dataDir = "examples/homeserver/data",
  DATABASE_URL: url,
  PORT: port = "8008",
  // Whichever port is free, where the homeserver takes one that is free.
  INSPECTOR: inspectorAddress = `tcp:127.0.0.1:${Number(port) && Number(port) + 1000}`,
} = process.env;

const logger = createLogger({ level: "info" });
const storage = await openStorage(url ? { url } : { folder: join(dataDir, "storage") }, logger);
const running = await startHomeserver({
  configFile: modulesFile === undefined ? configFile : [configFile, modulesFile],
  lastGood: join(dataDir, "last-good"),
  server: await readServer(configFile),
  storage,
  database: url
    ? { engine: "postgres", connectionString: url }
    : { engine: "pglite", dataDir: join(dataDir, "modules") },
  ...(url && { cluster: { connectionString: url } }),
  dataDir,
  port: Number(port),
  logger,
  observer: logDecision,
});
const inspector = await serveInspector(running.host, { address: inspectorAddress });
console.log(welcome(running, url ? "PostgreSQL" : dataDir));
console.log(await howToInspect(inspector));

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
// A terminal that closes sends it as well, to stop what it started.
if (!process.stdin.isTTY) process.on("SIGHUP", () => void reload());

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await inspector.stop();
  await running.stop();
  await storage.close();
  logger.info("The homeserver has stopped");
}

/** Ligand logs what it comes to. */
async function reload(): Promise<void> {
  try {
    await running.host.reload();
  } catch (error) {
    if (!(error instanceof ReloadError)) logger.error("Nothing was reloaded", { error });
  }
}

function logDecision(observation: Observation): void {
  const line = decisionLine(observation);
  if (line !== undefined) logger.info(line, observation.error === undefined ? {} : { error: observation.error });
}

/** Where to see what the modules decide. Who reads a terminal may see the token; who reads a log may not. */
async function howToInspect({ address, tokenFile }: ServedInspector): Promise<string> {
  const where = `Watch what the modules decide at ${address}`;
  if (tokenFile === undefined) return where;
  const token = process.stderr.isTTY ? (await readFile(tokenFile, "utf8")).trim() : `what is in ${tokenFile}`;
  return `${where} with any user name, and as the password ${token}`;
}
