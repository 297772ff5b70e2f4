import type { Container } from "inversify";
import type { Logger } from "winston";
import type { BuiltHooks } from "../catalogue/build-hooks.js";
import type { Dispatch } from "../hooks/dispatch.js";
import { startSchedules } from "../modules/every.js";
import { Scheduler } from "../services/scheduler.js";
import { Server } from "../services/server.js";
import { noteInstance } from "../watch/seen-here.js";
import type { Watch } from "../watch/watch-process.js";
import { createWeb } from "../web/create-web.js";
import { webMountsOf } from "../web/web-mount.js";
import { Host } from "./host.js";
import { stopInstances, type StartedModule } from "./start-instances.js";

/** The parts of a host. */
export interface HostFrame extends BuiltHooks {
  readonly dispatch: Dispatch;
  readonly logger: Logger;
  /** How long a module may take to stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** Aborted when the modules have stopped. */
  readonly watch: Watch | undefined;
}

/** Turns started modules into what a homeserver asks: callbacks become chains, web resources a router, and `@Every` begins. */
export function buildHost(
  started: readonly StartedModule[],
  services: Container,
  { dispatch, hooks, chains, setContributions, logger, stopTimeoutMs, watch }: HostFrame,
): Host {
  for (const { info, instance } of started) noteInstance(instance, info);
  const mounts = started.flatMap(({ info, instance }) => webMountsOf(info, instance));
  const web = createWeb(mounts, logger, dispatch.watchdog);
  setContributions(({ token }) => services.getAll(token));
  const scheduler = services.get(Scheduler);
  const schedules = started.map(({ info, instance }) => startSchedules(instance, scheduler, info));
  const serverName = services.get(Server, { optional: true })?.serverName ?? "";
  const stopModules = async () => {
    for (const schedule of schedules) schedule.cancel();
    await stopInstances(started, stopTimeoutMs);
    await services.unbindAllAsync();
    watch?.end();
  };
  return new Host({ hooks, chains, web, dispatch, serverName, modules: started.map(({ info }) => info), stopModules });
}
