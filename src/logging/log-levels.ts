/** The log levels, most urgent first: winston's npm levels. */
export const LOG_LEVELS = ["error", "warn", "info", "http", "verbose", "debug", "silly"] as const;
/** A log level. @public */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The log formats: text for people, or one JSON object per line for programs. */
export const LOG_FORMATS = ["pretty", "json"] as const;
/** A log format. @public */
export type LogFormat = (typeof LOG_FORMATS)[number];
