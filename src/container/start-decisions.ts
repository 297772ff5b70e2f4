import type { Container } from "inversify";
import type { Logger } from "winston";
import type { Decisions } from "../decisions/decisions.js";
import { noteCarriedReads } from "../decisions/carried-reads.js";
import { recordedServices } from "../decisions/recorded-services.js";
import type { Dispatch } from "../dispatch/dispatch.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { servicesOf } from "./dependencies.js";

/** What modules are started with, recorded or not. */
export interface RecordedFrame {
  /** The services that they use. */
  readonly services: Container;
  /** Notes what a callback of a module in another process asked there. */
  readonly noteReads?: typeof noteCarriedReads;
}

/**
 * Begins to record decisions, where that's wanted. Returns what the modules are then started with.
 *
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the file or its key can't be used.
 */
export async function startDecisions(
  decisions: Decisions,
  dispatch: Dispatch,
  services: Container,
  log: Logger,
): Promise<RecordedFrame> {
  const asksServices = (moduleClass: Function) => servicesOf(moduleClass as LoadedModule["class"]).length > 0;
  await decisions.start({ dispatch, log, asksServices });
  if (!decisions.isOn) return { services };
  return { services: recordedServices(services), noteReads: noteCarriedReads };
}
