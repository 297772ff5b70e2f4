import { Writable } from "node:stream";
import { Command } from "commander";
import type { LogFormat, LogLevel } from "../logging/create-logger.js";
import type { DatabaseOptions } from "../services/default-services.js";
import { parseDatabase } from "./database-option.js";
import { STOP_WITH_STDIN, stopWithStarter } from "./starter.js";
import type { Output, Terminal } from "./terminal.js";

interface ServeOptions {
  readonly listen: string;
  readonly health?: string;
  readonly database?: DatabaseOptions;
  readonly logDecisions: boolean;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
}

/** `ligand serve`: modules for a homeserver in another process, such as Synapse. */
export function serveCommand({ stderr }: Terminal): Command {
  return new Command("serve")
    .summary("run the modules for a homeserver in another process")
    .description(
      "Run the modules of a configuration for a homeserver in another process, such as Synapse with the package " +
        "`ligand-synapse`. The configuration is checked at once; the modules start when the first process of the " +
        "homeserver connects. On SIGTERM or SIGINT calls that are under way finish, and the modules stop.",
    )
    .argument("<file...>", "YAML files, of which the last one with a section `modules:` wins")
    .requiredOption("--listen <address>", "unix:PATH, or tcp:127.0.0.1:PORT")
    .option("--health <address>", "where GET /health and GET /metrics are answered, such as tcp:127.0.0.1:9011")
    .option(
      "--database <where>",
      "the database of modules that ask for one: pglite:DIRECTORY, or postgres:URL",
      parseDatabase,
    )
    .option("--log-decisions", "log which callback decided what", false)
    .option("--log-format <format>", "pretty, or json", "pretty")
    .option("--log-level <level>", "the least urgent level that is written", "info")
    .addHelpText(
      "after",
      `
Examples:
  $ ligand serve modules.yaml --listen unix:/run/ligand/ligand.sock
  $ ligand serve modules.yaml --listen tcp:127.0.0.1:9010 --log-format json
  $ ligand serve modules.yaml --listen unix:ligand.sock --health tcp:127.0.0.1:9011

\`fd:N\` stands for a socket that the parent process left open. Who can reach the address can ask the modules anything: a
socket belongs to its owner and its group, and a port is that of this machine alone. With ${STOP_WITH_STDIN}=1 in the
environment it stops, as on SIGTERM, when the pipe at its standard input ends: it does not outlive what started it.
docs/synapse.md shows the whole set-up.`,
    )
    .action(async (files: string[], { listen, health, database, logDecisions, logFormat, logLevel }: ServeOptions) => {
      const [{ serve }, { decisionLog }, { createLogger }] = await Promise.all([
        import("../remote/serve.js"),
        import("./decision-log.js"),
        import("../logging/create-logger.js"),
      ]);
      const logger = createLogger({ format: logFormat, level: logLevel, stream: streamOf(stderr) });
      const server = await serve({
        configFile: files,
        address: listen,
        logger,
        ...(health !== undefined && { healthAddress: health }),
        ...(database && { defaultServices: { database } }),
        ...(logDecisions && { observer: decisionLog(logger) }),
      });
      const stop = (why: string) => {
        logger.info(`stopping ${why}`);
        void server.stop();
      };
      // A second signal ends the process at once, as signals do.
      for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(`on ${signal}`));
      stopWithStarter(stop, logger);
      await server.stopped;
    });
}

/** An output as a stream, for a logger. */
function streamOf(output: Output): Writable {
  const stream = new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      output.write(line);
      done();
    },
  });
  return Object.assign(stream, { isTTY: output.isTTY ?? false });
}
