import type { Logger } from "winston";
import { LigandError } from "../errors/ligand-error.js";
import { jsonFormat } from "./json-format.js";
import { loadWinston } from "./load-winston.js";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./log-levels.js";
import { isColourTerminal, prettyFormat } from "./pretty-format.js";

export { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel };

export interface LoggerOptions {
  /**
   * `pretty` (the default): text for people, coloured on a terminal unless the environment sets `NO_COLOR`.
   * `json`: one object a line with `timestamp`, `level`, `module`, `hook`, `requestId`, `message`, further data, `stack`.
   */
  readonly format?: LogFormat;
  /** The least urgent level that is written; `info` by default. */
  readonly level?: LogLevel;
  /** Where lines are written; the standard error stream by default. */
  readonly stream?: NodeJS.WritableStream;
}

/**
 * Creates a winston logger that never writes the value of a key which names a secret (`password`, `access_token`, …).
 * A host may use a winston logger of its own instead; then it should put {@link redactSecrets} among its formats.
 *
 * @throws LigandError `LIGAND_ARGUMENT_INVALID` for an unknown level or format.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { format = "pretty", level = "info", stream = process.stderr } = options;
  requireOneOf("format", format, LOG_FORMATS);
  requireOneOf("level", level, LOG_LEVELS);
  const winston = loadWinston();
  return winston.createLogger({
    level,
    levels: winston.config.npm.levels,
    format: format === "json" ? jsonFormat() : prettyFormat({ colour: isColourTerminal(stream) }),
    transports: [new winston.transports.Stream({ stream, eol: "\n" })],
  });
}

function requireOneOf(name: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `the log ${name} is ${JSON.stringify(value)}; expected one of ${known.join(", ")}`,
    { remedy: `Choose one of the ${name}s that exist.` },
  );
}
