import { createLogger, startModules, type DecisionsOptions, type Host, type Observer } from "ligand";
import { homeserverBindings } from "ligand/homeserver";
import { createInMemoryHomeserver, type FakeClock } from "ligand/testing";
import { finishLogin } from "./finish-login.js";
import { outcomeOf, outcomeOfError, watchRequest, type Outcome } from "./outcome.js";
import { readServer } from "./read-server.js";
import { startOfRecording, type RecordedCall } from "./recording.js";

/** A day that was recorded, and a homeserver whose modules live in it. */
export interface Day {
  readonly host: Host;
  /** Shows the time of the day. */
  readonly clock: FakeClock;
  /** Asks what was asked then. */
  ask(call: RecordedCall): Promise<Outcome>;
}

/** Starts the modules of a configuration at the time at which a recording begins. */
export async function startDay(
  configFile: string,
  recording: string,
  options: { readonly observer?: Observer; readonly decisions?: DecisionsOptions } = {},
): Promise<Day> {
  const logger = createLogger({ level: "warn" });
  // Offers every service to modules. It has no hooks: what modules do by services is not asked about.
  const homeserver = createInMemoryHomeserver({ logger, server: await readServer(configFile) });
  const { clock, server } = homeserver;
  await clock.advance((await startOfRecording(recording)) - clock.nowMs());
  const host = await startModules({ configFile, services: homeserverBindings(homeserver), logger, ...options });
  return { host, clock, ask };

  async function ask({ hook, args, context }: RecordedCall): Promise<Outcome> {
    const [category, name] = hook.split(".") as [keyof typeof host.hooks, string];
    // The names come from the recording, and its reader made the arguments that the hook declares.
    const methods = host.hooks[category] as unknown as Record<string, (...args: unknown[]) => unknown>;
    const changes = watchRequest(hook, args);
    try {
      const result = await methods[name]!(...args, context);
      return changes() ?? outcomeOf(hook, await finishLogin(result, server));
    } catch (error) {
      return outcomeOfError(error);
    }
  }
}
