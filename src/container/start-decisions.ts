import type { Container } from "inversify";
import type { Logger } from "winston";
import type { Decisions } from "../decisions/decisions.js";
import { recordedServices } from "../decisions/recorded-services.js";
import type { Dispatch } from "../hooks/dispatch.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { servicesOf } from "./dependencies.js";

/**
 * Begins to record decisions, where that's wanted. Returns the services that the modules then use.
 *
 * @param notesServices whether what services answer is recorded; modules then have services that note it
 * @throws {LigandError} `LIGAND_RECORD_UNUSABLE` if the file or its key can't be used.
 */
export async function startDecisions(
  decisions: Decisions,
  dispatch: Dispatch,
  services: Container,
  log: Logger,
  notesServices = true,
): Promise<Container> {
  const asksServices = (moduleClass: Function) =>
    notesServices && servicesOf(moduleClass as LoadedModule["class"]).length > 0;
  await decisions.start({ dispatch, log, asksServices });
  return decisions.isOn && notesServices ? recordedServices(services) : services;
}
