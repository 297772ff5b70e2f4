import { serviceMethods, type ServiceName } from "./services.js";

/** Whether a service has a method that acts. */
export function acts(name: ServiceName): boolean {
  return [...serviceMethods(name).values()].some(({ does }) => does === "acts");
}

/** Those of some services that act, and that don't stay real for a module in shadow. */
export function actingServices(services: readonly ServiceName[], real: readonly ServiceName[]): ServiceName[] {
  return services.filter((name) => acts(name) && !real.includes(name));
}
