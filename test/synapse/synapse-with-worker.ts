import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../free-port.js";
import { homeserverConfig, RunningSynapse } from "./running-synapse.js";
import { createDatabase, serverAt, type SynapseDatabase } from "./synapse-databases.js";

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
    /** Where its HTTP listeners are, two of each process. */
    readonly urls: readonly string[],
    private readonly database: SynapseDatabase,
  ) {}

  /** With further keys of the configuration that both processes share. */
  static async start(directory: string, modules: readonly object[], further: object = {}): Promise<SynapseWithWorker> {
    const [port, replicationPort] = [await freePort(), await freePort()];
    const [workerPort, workerReplicationPort] = [await freePort(), await freePort()];
    const redis = serverAt("REDIS_URL", "scripts/with-redis.mjs");
    const database = await createDatabase();
    const settings = (await homeserverConfig(directory, port)) as { readonly log_config: string };
    const homeserver = {
      ...settings,
      // On one Redis, the processes of one Synapse find each other by it; other tests have theirs there meanwhile.
      server_name: `${randomBytes(6).toString("hex")}.test`,
      modules,
      database: database.setting,
      redis: { enabled: true, host: redis.hostname, port: Number(redis.port) },
      worker_replication_secret: randomBytes(16).toString("hex"),
      instance_map: {
        main: { host: "127.0.0.1", port: replicationPort },
        [WORKER]: { host: "127.0.0.1", port: workerReplicationPort },
      },
      listeners: [httpListener(port, "client"), httpListener(replicationPort, "replication")],
      ...further,
    };
    const worker = {
      worker_app: "synapse.app.generic_worker",
      worker_name: WORKER,
      worker_listeners: [httpListener(workerPort, "client"), httpListener(workerReplicationPort, "replication")],
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
      const ports = [port, replicationPort, workerPort, workerReplicationPort];
      const urls = ports.map((each) => `http://127.0.0.1:${each}`);
      return new SynapseWithWorker(main, started, urls, database);
    } catch (error) {
      await main.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.worker.stop();
    await this.main.stop();
    await this.database.drop();
  }
}

function httpListener(port: number, resource: string): object {
  return { port, type: "http", bind_addresses: ["127.0.0.1"], resources: [{ names: [resource] }] };
}
