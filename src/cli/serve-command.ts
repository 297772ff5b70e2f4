import { Writable } from "node:stream";
import { Command, Option } from "commander";
import type { Logger } from "winston";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../logging/log-levels.js";
import { watchLateErrors } from "../remote/module-side/late-errors.js";
import { messageWithCauses } from "../errors/problem.js";
import { ReloadError } from "../errors/start-error.js";
import type { ServedModules } from "../remote/module-side/serve.js";
import type { DatabaseOptions } from "../default-services/default-services.js";
import type { ServeInspectorOptions } from "../inspector/serve-inspector.js";
import type { InspectedModules } from "./inspect-served.js";
import { awaitHangups, type Hangups } from "./hangups.js";
import { endOfInput, findStarter, STOP_WITH_STDIN, warnOfStarter } from "./starter.js";
import { ExitCode, type Output, type Terminal } from "./terminal.js";
import { addRecordOptions, decisionsOf } from "./record-options.js";
import { addInspectorFlags, readInspectorFlags, type InspectorFlags } from "./inspector-flags.js";
import {
  blockedLimitOption,
  collect,
  controlOption,
  healthOption,
  listenOption,
  parseDatabase,
  pathOption,
} from "./option-values.js";

interface ServeOptions extends InspectorFlags {
  readonly listen: string;
  readonly health?: string;
  readonly control?: string;
  readonly lastGood?: string;
  readonly without?: readonly string[];
  readonly database?: DatabaseOptions;
  readonly logDecisions: boolean;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly blockedLimit: number;
}

/** `ligand serve`: modules for a homeserver in another process, such as Synapse. */
export function serveCommand({ stderr }: Terminal, end: (code: ExitCode) => void): Command {
  const command = new Command("serve")
    .summary("run the modules for a homeserver in another process")
    .description(
      "Run the modules of a configuration for a homeserver in another process, such as Synapse with the package " +
        "`ligand-synapse`. The configuration is checked immediately; the modules start when the first process of the " +
        "homeserver connects. On SIGTERM or SIGINT calls that are under way finish, and the modules stop. On SIGHUP the " +
        "configuration is reloaded, unless standard input is a terminal.",
    )
    .argument("<file...>", "YAML files, of which the last one with a section `modules:` wins")
    .requiredOption("--listen <address>", "unix:PATH, or tcp:127.0.0.1:PORT", listenOption)
    .option(
      "--health <address>",
      "where GET /health and GET /metrics are answered, such as tcp:127.0.0.1:9011",
      healthOption,
    )
    .option(
      "--control <address>",
      "a Unix socket of the owner, where `ligand reload` asks for a reload: unix:PATH",
      controlOption,
    )
    .option(
      "--last-good <folder>",
      "keep the configuration that ran last, and start with it if the files are refused or don't start",
      pathOption,
    )
    .option("--without <id>", "leave a module out, whatever the files say; may be repeated", collect)
    .option(
      "--database <where>",
      "the database of modules that ask for one: pglite:DIRECTORY, or postgres:URL",
      parseDatabase,
    )
    .option("--log-decisions", "log which callback decided what", false)
    .addOption(
      new Option("--log-format <format>", "for people, or for programs").choices(LOG_FORMATS).default("pretty"),
    )
    .addOption(
      new Option("--log-level <level>", "the least urgent level that is written").choices(LOG_LEVELS).default("info"),
    )
    .addOption(
      new Option(
        "--blocked-limit <time>",
        "kill this process when code blocks it for so long, such as 10s; `off`: never",
      )
        .argParser(blockedLimitOption)
        .default(10_000, "10s"),
    );
  addRecordOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  $ ligand serve modules.yaml --listen unix:/run/ligand/ligand.sock
  $ ligand serve modules.yaml --listen tcp:127.0.0.1:9010 --log-format json
  $ ligand serve modules.yaml --listen unix:ligand.sock --health tcp:127.0.0.1:9011
  $ ligand serve modules.yaml --listen unix:ligand.sock --inspector tcp:127.0.0.1:9012
  $ ligand serve modules.yaml --listen unix:ligand.sock --record /var/lib/ligand/decisions/decisions.jsonl

Who can reach the address can ask the modules anything: a socket belongs to its owner
and its group, and a port is that of this machine alone. docs/synapse.md shows the
whole set-up. \`--listen fd:N\` takes a socket that the parent process left open. With
${STOP_WITH_STDIN}=1 in the environment it stops, as on SIGTERM, when its parent
process ends or the pipe at its standard input does, and is killed when that takes more
than two seconds: it does not outlive what started it.

A callback that blocks the process for a second is named in the log while it does. One
that goes on for --blocked-limit is killed with the process, which its supervisor starts
again: systemd with Restart=always, or Synapse with \`command\`. While modules start it's
30 seconds at least; while a debugger is attached, never.`,
    )
    .action(async (files: string[], options: ServeOptions) => {
      const hangups = awaitHangups();
      const { watchProcess } = await import("../watch/watch-process.js");
      const starter = findStarter();
      const starterGone = new AbortController();
      // Before anything else is loaded, because the starter may exit meanwhile.
      const watch = watchProcess({
        slowStepMs: 0,
        blockedMs: 0,
        format: options.logFormat,
        level: options.logLevel,
        orphaned: (why) => starterGone.abort(why),
        ...(starter && { starter }),
      });
      if (starter?.hasPipe && !watch.isThere) endOfInput((why) => starterGone.abort(why));
      watch.starting();
      try {
        await serveUntilStopped(files, options, {
          output: streamOf(stderr),
          hangups,
          starterGone: starterGone.signal,
          end,
          listening: (logger) => {
            watch.started();
            if (starter) warnOfStarter(starter, logger);
          },
        });
      } finally {
        watch.end();
      }
    });
  return addInspectorFlags(command);
}

interface ServeFrame {
  readonly output: Writable;
  readonly hangups: Hangups;
  /** Aborted when the starter of this process has exited, with how it was noticed. */
  readonly starterGone: AbortSignal;
  /** Called once homeservers can connect. */
  readonly listening: (logger: Logger) => void;
  /** Sets the exit status. */
  readonly end: (code: ExitCode) => void;
}

async function serveUntilStopped(
  files: readonly string[],
  {
    listen,
    health,
    control,
    lastGood,
    without,
    database,
    logDecisions,
    logFormat,
    logLevel,
    blockedLimit,
    ...flags
  }: ServeOptions,
  { output, hangups, starterGone, listening, end }: ServeFrame,
): Promise<void> {
  const inspectorOptions = readInspectorFlags(flags);
  const [{ serveModules }, { decisionLog }, { createLogger }, { withCurrentCall }] = await Promise.all([
    import("../remote/module-side/serve.js"),
    import("./decision-log.js"),
    import("../logging/create-logger.js"),
    import("../remote/module-side/current-call.js"),
  ]);
  const logger = withCurrentCall(createLogger({ format: logFormat, level: logLevel, stream: output }));
  const decisions = await decisionsOf(flags);
  const failed = watchLateErrors(logger);
  const inspected = inspectorOptions && (await inspectServed({ ...inspectorOptions, logger }));
  const serve = inspected?.serve ?? serveModules;
  const server = await serve({
    configFile: files,
    address: listen,
    logger,
    blockedLimitMs: blockedLimit,
    ...(health !== undefined && { healthAddress: health }),
    ...(control !== undefined && { controlAddress: control }),
    ...(lastGood !== undefined && { lastGood }),
    ...(without && { without }),
    ...(database && { defaultServices: { database } }),
    ...(logDecisions && { observer: decisionLog(logger) }),
    ...(decisions && { decisions }),
  });
  const stop = (why: string) => {
    logger.info(`stopping ${why}`);
    void server.stop();
  };
  // First: a program that reads what is logged from here on may stop the process. A second signal kills it immediately, as signals do.
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop(`on ${signal}`));
  hangups.become(() => {
    // A closing terminal sends it, and nothing else would stop the process then.
    if (hangups.isOfTerminal) stop("on SIGHUP: its terminal closed");
    else void reloadOn(server, logger);
  });
  // A program that reads the line may stop the process from then on.
  listening(logger);
  const orphaned = () => stop(`because ${starterGone.reason}`);
  if (starterGone.aborted) orphaned();
  else starterGone.addEventListener("abort", orphaned, { once: true });
  void failed.then(() => {
    end(ExitCode.PROBLEMS);
    return server.stop();
  });
  await server.stopped;
  await inspected?.stop();
}

/** The pages are loaded only where they're served. */
async function inspectServed(options: ServeInspectorOptions): Promise<InspectedModules> {
  const { inspectServed: inspect } = await import("./inspect-served.js");
  return inspect(options);
}

/** Reloads on a signal. */
async function reloadOn(server: ServedModules, logger: Logger): Promise<void> {
  logger.info("Reloading on SIGHUP");
  try {
    await server.reload();
  } catch (error) {
    // What's refused has been logged.
    if (error instanceof ReloadError) return;
    logger.error(`Nothing was reloaded: ${messageWithCauses(error)}`);
  }
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
