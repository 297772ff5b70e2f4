import { Container, type ContainerModule } from "inversify";
import { LigandError } from "../errors/ligand-error.js";
import { boundService } from "../services/bind-service.js";
import { ownService } from "../services/own-service.js";
import { defaultServices, type DefaultServicesOptions } from "../default-services/default-services.js";

/**
 * The container of the services: those of the host, and Ligand's own for those that the host does not bind.
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
    // One after the other: Inversify loads what it is given together concurrently, and so reorders bindings.
    await container.loadAsync(module);
    if (bound && service !== bound) container.bind(service!).toService(bound);
  }
  for (const { service, bindings } of defaultServices(defaults)) {
    if (!container.isBound(service)) container.load(bindings);
  }
  return container;
}
