import type { Logger } from "winston";
import type { DefaultServicesOptions } from "../services/default-services.js";
import { readModules, startModules } from "../start.js";
import { parseListenAddress } from "./listen-address.js";
import { ModuleServer } from "./module-server.js";
import { remoteServices } from "./remote-services.js";

/** Which modules to run for a homeserver in another process, and where it finds them. */
export interface ServeModulesOptions {
  /** As in {@link startModules}. */
  readonly configFile: string | readonly string[];
  /** `unix:PATH` or `tcp:127.0.0.1:PORT`. */
  readonly address: string;
  readonly logger: Logger;
  /** The version of Ligand, as the homeserver will see it. */
  readonly version: string;
  /** Settings of the services that Ligand offers itself. */
  readonly defaultServices?: Omit<DefaultServicesOptions, "logger">;
}

/**
 * Runs modules for homeservers in other processes. The configuration is checked now; the modules start with the first
 * connection, with the services of the homeserver that connects.
 *
 * @throws {ConfigError} with every problem of the configuration.
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`; `LIGAND_ARGUMENT_INVALID` for an address of another form.
 */
export async function serve(options: ServeModulesOptions): Promise<ModuleServer> {
  const { configFile, logger, version, defaultServices = {} } = options;
  const address = parseListenAddress(options.address);
  await readModules({ configFile });
  const server = new ModuleServer({
    address,
    logger,
    version,
    start: (homeserver, call) =>
      startModules({ configFile, logger, defaultServices, services: remoteServices(homeserver, call) }),
  });
  await server.listen();
  return server;
}
