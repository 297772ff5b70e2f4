import type { IsolatedOptions } from "./start-isolated.js";
import type { RemoteHost, RemoteHostOptions } from "./remote/homeserver-side/remote-host.js";
import type { ServedModules, ServeOptions } from "./remote/module-side/serve.js";

// What runs modules in other processes is loaded when it's first needed: most hosts and all modules do without it.

/**
 * Runs modules for homeservers in other processes. The configuration is checked now; the modules start with the first
 * connection, using the services of the homeserver that connects.
 *
 * @throws {ConfigError} with every problem of the configuration; {@link StartError} when a module needs a service that no
 *   homeserver in another process can lend. On `fd:N` the homeserver receives them.
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`; `LIGAND_ARGUMENT_INVALID` for a malformed address, and for invalid or
 *   misspelt options.
 *
 * @public
 */
export async function serve(options: ServeOptions): Promise<ServedModules> {
  const { serveModules } = await import("./remote/module-side/serve.js");
  return serveModules(options);
}

/**
 * Connects to modules that {@link serve} runs in another process. Calls that take too long throw `LIGAND_REMOTE_TIMEOUT`,
 * and calls without a connection throw `LIGAND_REMOTE_LOST`. It doesn't reconnect.
 *
 * @throws {LigandError} `LIGAND_REMOTE_LOST` when no process answers at the address, `LIGAND_REMOTE_PROTOCOL` when the two
 *   sides don't understand each other, `LIGAND_ARGUMENT_INVALID` for invalid or misspelt options, and whatever starting the
 *   modules throws.
 *
 * @public
 */
export async function remoteHost(options: RemoteHostOptions): Promise<RemoteHost> {
  const [{ remoteHostOn }, { REAL_RUNTIME }] = await Promise.all([
    import("./remote/homeserver-side/remote-host.js"),
    import("./remote/wire/runtime.js"),
  ]);
  return remoteHostOn(REAL_RUNTIME, options);
}

/**
 * Runs modules in a separate process, so that one that blocks or crashes doesn't take the homeserver down.
 * A process that exits, or that a callback blocks for longer than `blockedLimitMs`, is replaced: promptly at first, and
 * every five minutes once it has ended three times within ten minutes; `health()` shows its state. Meanwhile, and when a
 * call takes too long, each hook follows its failure policy, as if the callback had thrown `LIGAND_REMOTE_LOST` or
 * `LIGAND_REMOTE_TIMEOUT`. The process ends within two seconds of this one, even if this one is killed.
 *
 * @throws {ConfigError} with every problem of the configuration.
 * @throws {StartError} with every module that misses a service or failed to start, or if the process exited.
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for invalid or misspelt options, without a configuration file, or
 *   without `Server` among `services`.
 *
 * @public
 */
export async function startIsolated(options: IsolatedOptions): Promise<RemoteHost> {
  const { startIsolatedWith } = await import("./start-isolated.js");
  return startIsolatedWith(options);
}
