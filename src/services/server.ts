import type { ParsedUserId, RoomAlias, UserId } from "../matrix/identifiers.js";
import type { ServiceDeclaration } from "./service-declaration.js";

/**
 * The homeserver's own configuration, as far as modules may know it. (Properties of `ModuleApi` in Synapse.)
 *
 * @public
 */
export abstract class Server {
  static readonly declaration: ServiceDeclaration<Server> = {
    runsIn: "module",
    methods: {
      shouldRunBackgroundTasks: { does: "reads", returns: "public" },
      isMine: { does: "reads", returns: "public" },
      getQualifiedUserId: { does: "reads", returns: "personal" },
    },
  };

  /** Our server name, such as `example.org`. (`server_name`, 1.53.) */
  abstract readonly serverName: string;
  /** The base URL for clients. It always ends with `/`. (`public_baseurl`, 1.39.) */
  abstract readonly publicBaseUrl: string;
  /** The name of the application in e-mails. (`email_app_name`, 1.39.) */
  abstract readonly emailAppName: string;
  /** The name of this process; null on the main process. (`worker_name`, 1.53.) */
  abstract readonly workerName: string | null;
  /** The kind of this process; null on the main process. (`worker_app`, 1.53.) */
  abstract readonly workerApp: string | null;
  /** The directory of the administrator's own templates, if there is one. (`custom_template_dir`.) */
  abstract readonly customTemplateDir: string | null;

  /** Whether background tasks run in this process; it should be true in exactly one. (`should_run_background_tasks`, 1.89.) */
  abstract shouldRunBackgroundTasks(): boolean;

  /**
   * Whether an identifier belongs to this server. In a string, everything after the first colon must be our server name.
   * A string without a colon, such as a room id of version 12, never belongs to it. (`is_mine`, 1.44.)
   */
  isMine(id: string | ParsedUserId | RoomAlias): boolean {
    if (typeof id !== "string") return id.domain === this.serverName;
    const colon = id.indexOf(":");
    return colon >= 0 && id.slice(colon + 1) === this.serverName;
  }

  /**
   * The full id of a local user. A name that starts with `@` is returned unchanged: it isn't validated, and may
   * belong to another server. (`get_qualified_user_id`, 0.25.)
   */
  getQualifiedUserId(username: string): UserId {
    return username.startsWith("@") ? (username as UserId) : `@${username}:${this.serverName}`;
  }
}
