import { randomBytes } from "node:crypto";
import pg from "pg";

/** A database for one Synapse. */
export interface SynapseDatabase {
  /** The key `database` of homeserver.yaml. */
  readonly setting: object;
  drop(): Promise<void>;
}

/** Makes a database on the server that `scripts/with-postgres.mjs` starts. Synapse wants its texts sorted by their bytes. */
export async function createDatabase(): Promise<SynapseDatabase> {
  const { hostname: host, port, username: user, password } = serverAt("DATABASE_URL", "scripts/with-postgres.mjs");
  const dbname = `synapse_${randomBytes(6).toString("hex")}`;
  await asAdministrator(`CREATE DATABASE ${dbname} ENCODING UTF8 LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`);
  const args = { host, port: Number(port), user, dbname, ...(password !== "" && { password }), cp_min: 1, cp_max: 3 };
  return {
    setting: { name: "psycopg2", args },
    drop: () => asAdministrator(`DROP DATABASE ${dbname} WITH (FORCE)`),
  };
}

/** A server that a script starts, by the variable of the environment that says where it is. */
export function serverAt(variable: string, script: string): URL {
  const address = process.env[variable];
  if (address) return new URL(address);
  throw new Error(`${variable} is not set: run the tests by \`npm run test:synapse\`, which uses ${script}`);
}

async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverAt("DATABASE_URL", "scripts/with-postgres.mjs").href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
