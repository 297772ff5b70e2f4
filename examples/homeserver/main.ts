// Starts the homeserver of homeserver.yaml: `npm start`. The README says by which variables it can be changed.
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { createLogger, type Observation } from "ligand";
import { readServer } from "../replay/read-server.js";
import { decisionLine } from "./decision-line.js";
import { startHomeserver } from "./start-homeserver.js";
import { openStorage } from "./storage/open-storage.js";
import { welcome } from "./welcome.js";

// The heap grows in small steps: this homeserver has few users, and its machine other work.
setFlagsFromString("--optimize-for-size");

const {
  CONFIG_FILE: configFile = "examples/homeserver/homeserver.yaml",
  DATA_DIR: dataDir = "examples/homeserver/data",
  DATABASE_URL: url,
  PORT: port = "8008",
} = process.env;

const logger = createLogger({ level: "info" });
const storage = await openStorage(url ? { url } : { folder: join(dataDir, "storage") }, logger);
const running = await startHomeserver({
  configFile,
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
console.log(welcome(running, url ? "PostgreSQL" : dataDir));

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await running.stop();
  await storage.close();
  logger.info("The homeserver has stopped");
}

function logDecision(observation: Observation): void {
  const line = decisionLine(observation);
  if (line !== undefined) logger.info(line, observation.error === undefined ? {} : { error: observation.error });
}
