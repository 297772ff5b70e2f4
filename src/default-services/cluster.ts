/**
 * The processes that together are one homeserver, and the PostgreSQL database through which they communicate.
 *
 * @public
 */
export interface ClusterOptions {
  /**
   * `postgresql://user:password@host:port/database`; libpq's environment variables by default. Connect to the server
   * itself, not to a pooler in transaction mode: locks and `LISTEN` belong to a session.
   */
  readonly connectionString?: string;
  /** The same in all processes of one homeserver. It tells homeservers apart that share a database; `ligand` by default. */
  readonly name?: string;
}

/** The default of {@link ClusterOptions.name}. */
export const CLUSTER_NAME = "ligand";
