/** The processes that together are one homeserver, and the PostgreSQL by which they talk. */
export interface ClusterOptions {
  /**
   * `postgresql://user:password@host:port/database`; the environment variables of libpq by default. The server itself, not a
   * pooler in transaction mode, since locks and `LISTEN` belong to a session.
   */
  readonly connectionString?: string;
  /** The same in all processes of one homeserver, to tell homeservers apart that share a database; `ligand` by default. */
  readonly name?: string;
}

/** The name that {@link ClusterOptions.name} stands for where it is not given. */
export const CLUSTER_NAME = "ligand";
