import { bindService, type ServiceToken, type StartOptions } from "ligand";
import { homeserverBindings, type InMemoryHomeserver } from "ligand/testing";

/** Every service of a homeserver in memory, for examples whose modules ask for some. */
export function inMemoryServices(homeserver: InMemoryHomeserver): NonNullable<StartOptions["services"]> {
  return homeserverBindings(homeserver).map(([token, service]) => bindService(token as ServiceToken<object>, service));
}
