// The program of the process that `startIsolated` starts.
import { createLogger, type LogLevel } from "../logging/create-logger.js";
import { serve, type ServeOptions } from "./serve.js";

/** What the process is told, by the channel to its parent: arguments and the environment are for others to see, too. */
export interface IsolatedProcessOptions extends Pick<ServeOptions, "configFile" | "defaultServices" | "stopTimeoutMs"> {
  readonly logLevel: LogLevel;
}

process.once("message", (options: IsolatedProcessOptions) => void run(options));

async function run({ logLevel, ...options }: IsolatedProcessOptions): Promise<void> {
  const logger = createLogger({ format: "json", level: logLevel });
  const server = await serve({ ...options, address: "fd:3", logger });
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void server.stop());
  await server.stopped;
  // Whatever modules left running; what they wrote last is taken first.
  process.stderr.write("", () => process.exit());
}
