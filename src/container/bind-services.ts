import { Container, type ContainerModule } from "inversify";
import type { Logger } from "winston";
import { bindService, type ServiceFactory, type ServiceToken } from "../services/bind-service.js";
import { Caches } from "../services/caches.js";
import { ClockScheduler } from "../services/clock-scheduler.js";
import { Clock } from "../services/clock.js";
import { InProcessCaches } from "../services/in-process-caches.js";
import { Scheduler } from "../services/scheduler.js";
import { Server } from "../services/server.js";
import { SystemClock } from "../services/system-clock.js";

/** The container of the services: those of the host, and Ligand's own for those that the host does not bind. */
export async function bindServices(services: readonly ContainerModule[], logger: Logger): Promise<Container> {
  const container = new Container();
  // One after the other: Inversify loads what it is given together concurrently, and so reorders bindings.
  for (const module of services) await container.loadAsync(module);
  const bindDefault = <T extends object>(token: ServiceToken<T>, make: ServiceFactory<T>) => {
    if (!container.isBound(token)) container.load(bindService(token, make));
  };
  bindDefault(Clock, () => new SystemClock());
  bindDefault(Caches, () => new InProcessCaches());
  if (!container.isBound(Scheduler)) container.onDeactivation(Scheduler, (scheduler) => scheduler.shutdown());
  bindDefault(Scheduler, (lookup) => {
    const server = lookup.find(Server);
    return new ClockScheduler({
      clock: lookup.get(Clock),
      logger,
      ...(server && { shouldRunBackgroundTasks: () => server.shouldRunBackgroundTasks() }),
    });
  });
  return container;
}
