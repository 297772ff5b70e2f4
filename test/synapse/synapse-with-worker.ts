import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { freePort, homeserverConfig, RunningSynapse } from "./running-synapse.js";

/** The name of the generic worker. */
export const WORKER = "worker1";

/**
 * A Synapse of two processes, the main one and a generic worker, on PostgreSQL and Redis. Both are those that
 * `scripts/with-postgres.mjs` and `scripts/with-redis.mjs` start.
 */
export class SynapseWithWorker {
  private constructor(
    readonly main: RunningSynapse,
    readonly worker: RunningSynapse,
    private readonly database: string,
  ) {}

  static async start(directory: string, modules: readonly object[]): Promise<SynapseWithWorker> {
    const [port, replicationPort, workerPort] = [await freePort(), await freePort(), await freePort()];
    const database = await createDatabase();
    const settings = (await homeserverConfig(directory, port)) as { readonly log_config: string };
    const homeserver = {
      ...settings,
      modules,
      database: { name: "psycopg2", args: { ...connectionOf(database), cp_min: 1, cp_max: 3 } },
      redis: { enabled: true, host: redis().hostname, port: Number(redis().port) },
      worker_replication_secret: randomBytes(16).toString("hex"),
      instance_map: { main: { host: "127.0.0.1", port: replicationPort } },
      listeners: [httpListener(port, "client"), httpListener(replicationPort, "replication")],
    };
    const worker = {
      worker_app: "synapse.app.generic_worker",
      worker_name: WORKER,
      worker_listeners: [httpListener(workerPort, "client")],
      worker_log_config: settings.log_config,
      worker_pid_file: join(directory, `${WORKER}.pid`),
    };
    const [homeserverFile, workerFile] = [join(directory, "homeserver.yaml"), join(directory, `${WORKER}.yaml`)];
    await writeFile(homeserverFile, JSON.stringify(homeserver, null, 2));
    await writeFile(workerFile, JSON.stringify(worker, null, 2));
    // The main process makes the tables.
    const main = await RunningSynapse.run({ directory, configFiles: [homeserverFile], port });
    try {
      const configFiles = [homeserverFile, workerFile];
      const started = await RunningSynapse.run({ directory, configFiles, port: workerPort, name: WORKER });
      return new SynapseWithWorker(main, started, database);
    } catch (error) {
      await main.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.main.stop();
    await asAdministrator((client) => client.query(`DROP DATABASE ${this.database} WITH (FORCE)`));
  }
}

function httpListener(port: number, resource: string): object {
  return { port, type: "http", bind_addresses: ["127.0.0.1"], resources: [{ names: [resource] }] };
}

/** Synapse wants its texts sorted by their bytes. */
async function createDatabase(): Promise<string> {
  const name = `synapse_${randomBytes(6).toString("hex")}`;
  await asAdministrator((client) =>
    client.query(`CREATE DATABASE ${name} ENCODING UTF8 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`),
  );
  return name;
}

async function asAdministrator(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: server("DATABASE_URL", "scripts/with-postgres.mjs").href });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

function connectionOf(dbname: string): object {
  const { hostname: host, port, username: user, password } = server("DATABASE_URL", "scripts/with-postgres.mjs");
  return { host, port: Number(port), user, dbname, ...(password !== "" && { password }) };
}

function redis(): URL {
  return server("REDIS_URL", "scripts/with-redis.mjs");
}

function server(variable: string, script: string): URL {
  const address = process.env[variable];
  if (!address)
    throw new Error(`${variable} is not set: run the tests by \`npm run test:synapse\`, which uses ${script}`);
  return new URL(address);
}
