// Starts the homeserver of homeserver.yaml: `npm start`. The README says by which variables it can be changed.
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { createLogger, type Observation } from "ligand";
import { readServer } from "../replay/read-server.js";
import { startHomeserver } from "./start-homeserver.js";
import { openStorage } from "./storage/open-storage.js";

// The heap grows in small steps: this homeserver has few users, and its machine other work.
setFlagsFromString("--optimize-for-size");

const {
  CONFIG_FILE: configFile = join(import.meta.dirname, "homeserver.yaml"),
  DATA_DIR: dataDir = join(import.meta.dirname, "data"),
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
console.log(`
The homeserver ${running.homeserver.server.serverName} runs at ${running.url}. Its data is in ${url ? "PostgreSQL" : dataDir}.

Register, and send a message:
  curl -s ${running.url}/_matrix/client/v3/register -d '{"username": "me", "password": "secret", "auth": {"type": "m.login.dummy"}}'
  TOKEN=…   # the access_token of the answer
  curl -s ${running.url}/_matrix/client/v3/createRoom -H "Authorization: Bearer $TOKEN" -d '{"preset": "public_chat"}'
  ROOM='!…' # the room_id of the answer
  curl -s -X PUT "${running.url}/_matrix/client/v3/rooms/$ROOM/send/m.room.message/1" -H "Authorization: Bearer $TOKEN" -d '{"msgtype": "m.text", "body": "hello"}'

Or use Element, for example https://app.element.io/: choose ${running.url} as the homeserver.
Ctrl-C stops it.
`);

let isStopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());

async function stop(): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  await running.stop();
  await storage.close();
  logger.info("The homeserver has stopped");
}

/** Who decided what, for people who watch. */
function logDecision({ hook, module, decided, error, context }: Observation): void {
  if (decided || error !== undefined)
    logger.info(`${context.requestId ?? "-"} ${hook} decided by ${module}`, { error });
}
