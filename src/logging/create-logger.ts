import type { Logger } from "winston";
import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import { jsonFormat } from "./json-format.js";
import { loadWinston } from "./load-winston.js";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./log-levels.js";
import { isWritten } from "./module-logger.js";
import { isColourTerminal, prettyFormat } from "./pretty-format.js";

export { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel };

/** Options of {@link createLogger}. @public */
export interface LoggerOptions {
  /**
   * `pretty` (the default): text for people, coloured on a terminal unless the environment sets `NO_COLOR`.
   * `json`: one object a line with `timestamp`, `level`, `module`, `hook`, `requestId`, `message`, further data, `stack`.
   */
  readonly format?: LogFormat;
  /** The least urgent level to write; `info` by default. */
  readonly level?: LogLevel;
  /** Where to write; standard error by default. */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * Creates a winston logger that redacts the values of keys that name a secret (`password`, `access_token`, …).
 * You may use your own winston logger instead; put {@link redactSecrets} among its formats then.
 *
 * @throws LigandError `LIGAND_ARGUMENT_INVALID` for an unknown level or format.
 *
 * @public
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { format = "pretty", level = "info", stream = process.stderr } = options;
  requireOneOf("format", format, LOG_FORMATS);
  requireOneOf("level", level, LOG_LEVELS);
  const winston = loadWinston();
  const inFormat = format === "json" ? jsonFormat() : prettyFormat({ colour: isColourTerminal(stream) });
  const logger = winston.createLogger({
    level,
    levels: winston.config.npm.levels,
    // winston formats a line, and redacts its secrets, before its transports drop it.
    format: winston.format.combine({ transform: (line) => isWritten(line, logger) && line }, inFormat),
    transports: [new winston.transports.Stream({ stream, eol: "\n" })],
  });
  return logger;
}

function requireOneOf(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the log ${name} must be one of ${known.join(", ")}, but it's ${shownArgument(value)}`,
    { remedy: `Choose one of these ${name}s.` },
  );
}
