import { Container, type ContainerModule } from "inversify";
import { LigandError } from "../errors/ligand-error.js";
import { boundService } from "../services/bind-service.js";
import { ownService } from "../services/own-service.js";
import { defaultServices, type DefaultServicesOptions } from "../default-services/default-services.js";

/**
 * The container of the services: the host's, and Ligand's own where the host binds none.
 *
 * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` when one service is bound twice.
 */
export async function bindServices(
  services: readonly ContainerModule[],
  defaults: DefaultServicesOptions,
): Promise<Container> {
  const container = new Container();
  for (const module of services) {
    const bound = boundService(module);
    const service = bound && ownService(bound);
    if (service && container.isBound(service)) {
      throw new LigandError("LIGAND_ARGUMENT_INVALID", `\`services\` binds the service ${service.name} twice`, {
        remedy: "Remove one of the two.",
      });
    }
    // One at a time: Inversify loads what it receives together concurrently, which reorders bindings.
    await container.loadAsync(module);
    if (bound && service !== bound) container.bind(service!).toService(bound);
  }
  for (const { service, bindings } of defaultServices(defaults)) {
    if (!container.isBound(service)) container.load(bindings);
  }
  return container;
}
