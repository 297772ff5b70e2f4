import { checkOptions, flag, required, text, textOrNull, type OptionRules } from "../options/check-options.js";
import { LigandError } from "../errors/ligand-error.js";
import { Server } from "./server.js";

/** The settings of a {@link ConfiguredServer}. Only the server name has no default. @public */
export interface ServerSettings {
  readonly serverName: string;
  /** `https://<serverName>/` by default; a missing `/` is added at the end. */
  readonly publicBaseUrl?: string;
  /** `Matrix` by default. */
  readonly emailAppName?: string;
  readonly workerName?: string | null;
  readonly workerApp?: string | null;
  readonly customTemplateDir?: string | null;
  /** Whether this process runs background tasks; by default only the main process does. */
  readonly runBackgroundTasks?: boolean;
}

const RULES: OptionRules<ServerSettings> = {
  serverName: required(text),
  publicBaseUrl: text,
  emailAppName: text,
  workerName: textOrNull,
  workerApp: textOrNull,
  customTemplateDir: textOrNull,
  runBackgroundTasks: flag,
};

/** A {@link Server} whose values are set once. @public */
export class ConfiguredServer extends Server {
  readonly serverName: string;
  readonly publicBaseUrl: string;
  readonly emailAppName: string;
  readonly workerName: string | null;
  readonly workerApp: string | null;
  readonly customTemplateDir: string | null;
  readonly #runBackgroundTasks: boolean;

  /** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when the server name is empty, or for an unknown setting. */
  constructor(settings: ServerSettings) {
    super();
    checkOptions("ConfiguredServer", settings, RULES);
    if (settings.serverName === "") {
      throw new LigandError("LIGAND_ARGUMENT_INVALID", "serverName is empty; expected a name such as example.org");
    }
    this.serverName = settings.serverName;
    const baseUrl = settings.publicBaseUrl ?? `https://${settings.serverName}/`;
    this.publicBaseUrl = baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`;
    this.emailAppName = settings.emailAppName ?? "Matrix";
    this.workerName = settings.workerName ?? null;
    this.workerApp = settings.workerApp ?? null;
    this.customTemplateDir = settings.customTemplateDir ?? null;
    this.#runBackgroundTasks = settings.runBackgroundTasks ?? this.workerApp === null;
  }

  shouldRunBackgroundTasks(): boolean {
    return this.#runBackgroundTasks;
  }
}
