import { Container, type ContainerModule } from "inversify";
import { defaultServices, type DefaultServicesOptions } from "../services/default-services.js";

/** The container of the services: those of the host, and Ligand's own for those that the host does not bind. */
export async function bindServices(
  services: readonly ContainerModule[],
  defaults: DefaultServicesOptions,
): Promise<Container> {
  const container = new Container();
  // One after the other: Inversify loads what it is given together concurrently, and so reorders bindings.
  for (const module of services) await container.loadAsync(module);
  for (const { service, bindings } of defaultServices(defaults)) {
    if (!container.isBound(service)) container.load(bindings);
  }
  return container;
}
