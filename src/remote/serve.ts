import type { Logger } from "winston";
import { bindModules } from "../container/bind-modules.js";
import { bindServices } from "../container/bind-services.js";
import { missingServices } from "../container/missing-services.js";
import { LigandError } from "../errors/ligand-error.js";
import { StartError } from "../errors/start-error.js";
import type { DefaultServicesOptions } from "../services/default-services.js";
import { readModules, startModules } from "../start.js";
import { parseListenAddress } from "./listen-address.js";
import { modulesInfo } from "./modules-info.js";
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
  const modules = await readModules({ configFile });
  const server = new ModuleServer({
    address,
    logger,
    async introduce(homeserver, instance) {
      const services = remoteServices(homeserver, notStarted);
      const container = await bindServices(services, { ...defaultServices, logger });
      const problems = missingServices(bindModules(modules, container, logger));
      if (problems.length > 0) throw new StartError(problems);
      return modulesInfo(modules, version, instance);
    },
    start: (homeserver, call) =>
      startModules({ configFile, logger, defaultServices, services: remoteServices(homeserver, call) }),
  });
  await server.listen();
  return server;
}

/** While a homeserver is introduced its services are looked at, and not used. */
function notStarted(): Promise<never> {
  return Promise.reject(new LigandError("LIGAND_REMOTE_LOST", "the homeserver is not connected yet"));
}
