import type { Logger } from "winston";

/** Says, at the cost of a property, whether a level is written: see {@link logGuard}. */
export interface LogGuard {
  readonly info: boolean;
  readonly debug: boolean;
  /** Looks again; needed only when the level of one of the logger's *transports* has changed. */
  refresh(): void;
}

/**
 * Guards log lines of code that runs often: a disabled `logger.debug(…)` costs ten times the guard. Asks the logger
 * once and again when `logger.level` has changed.
 */
export function logGuard(logger: Logger): LogGuard {
  return new CachedGuard(logger);
}

class CachedGuard implements LogGuard {
  #level: string;
  #info: boolean;
  #debug: boolean;

  constructor(private readonly logger: Logger) {
    this.#level = logger.level;
    this.#info = logger.isLevelEnabled("info");
    this.#debug = logger.isLevelEnabled("debug");
  }

  get info(): boolean {
    if (this.#level !== this.logger.level) this.refresh();
    return this.#info;
  }

  get debug(): boolean {
    if (this.#level !== this.logger.level) this.refresh();
    return this.#debug;
  }

  refresh(): void {
    this.#level = this.logger.level;
    this.#info = this.logger.isLevelEnabled("info");
    this.#debug = this.logger.isLevelEnabled("debug");
  }
}
