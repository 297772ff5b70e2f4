import type { Logger } from "winston";
import type { LogLevel } from "../../logging/create-logger.js";
import { moduleLogger, setModuleLevel } from "../../logging/module-logger.js";

/** The log levels of the modules of a process, as far as they have their own. A reload may change them. */
export class ModuleLevels {
  readonly #levels = new Map<string, { readonly level: LogLevel; readonly logger: Logger }>();

  constructor(private readonly logger: Logger) {}

  /** The level of a module's own. */
  of(id: string): LogLevel | undefined {
    return this.#levels.get(id)?.level;
  }

  /** @returns whether it's another than before */
  set(id: string, level: LogLevel | undefined): boolean {
    if (this.of(id) === level) return false;
    if (level === undefined) return this.#levels.delete(id);
    const logger = moduleLogger(this.logger, { id });
    setModuleLevel(logger, level);
    this.#levels.set(id, { level, logger });
    return true;
  }

  /** Writes a line that the process has logged: one of a module goes by the module's own level. */
  write({ module, ...entry }: LogEntry): void {
    const own = module === undefined ? undefined : this.#levels.get(module)?.logger;
    if (own) own.log(entry);
    else this.logger.log({ ...entry, ...(module !== undefined && { module }) });
  }
}

/** A line of a log. */
export interface LogEntry {
  readonly level: string;
  readonly message: string;
  /** The id of the module that wrote it. */
  readonly module?: string;
  /** The process that wrote it, where no module did. */
  readonly process?: string;
}
