import { LigandError } from "../errors/ligand-error.js";
import { registrationsOf } from "../hooks/registration.js";
import { unavailableResponse } from "../web/error-response.js";
import { webResourcesOf } from "../web/web-resource.js";
import type { Contributor } from "./bind-modules.js";

/** Stands for a module that has stopped and isn't started yet: each of its callbacks fails, so its failure policy decides. */
export function unavailable<Module extends Contributor>(module: Module): Module {
  const { info, class: moduleClass } = module;
  const fail = () => {
    throw new LigandError("LIGAND_MODULE_UNAVAILABLE", `module ${info.id} isn't running`);
  };
  const instance = Object.fromEntries<unknown>([
    ["constructor", moduleClass],
    ...registrationsOf(moduleClass).map(({ method }) => [method, fail] as const),
    ...webResourcesOf(moduleClass).map(({ method }) => [method, unavailableResponse] as const),
  ]);
  return { ...module, instance };
}
