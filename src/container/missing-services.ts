import { getClassMetadata } from "@inversifyjs/core";
import { LazyServiceIdentifier, type ServiceIdentifier } from "inversify";
import { ERRORS } from "../errors/catalogue.js";
import type { Problem } from "../errors/problem.js";
import type { LoadedModule } from "../modules/load-modules.js";
import type { BoundModule } from "./bind-modules.js";

/** A service, or another token, that a module class asks for. */
export interface Dependency {
  readonly token: ServiceIdentifier;
  readonly name: string;
  readonly optional: boolean;
}

/** What a module class asks for, in its constructor and its properties. */
export function dependenciesOf(moduleClass: LoadedModule["class"]): Dependency[] {
  const { constructorArguments, properties } = getClassMetadata(moduleClass);
  return [...constructorArguments, ...properties.values()].flatMap((element) => {
    // An unmanaged argument is filled by a default value of the constructor.
    if (!("value" in element)) return [];
    const token = LazyServiceIdentifier.is(element.value) ? element.value.unwrap() : element.value;
    return [{ token, name: nameOf(token), optional: element.optional }];
  });
}

/**
 * A problem for each service that a module asks for and that no one bound.
 *
 * @param remedyOf what to do about a service, by its name.
 */
export function missingServices(
  modules: readonly BoundModule[],
  remedyOf: (service: string) => string = () => ERRORS.LIGAND_MODULE_SERVICE_MISSING.remedy,
): Problem[] {
  return modules.flatMap(({ info, class: moduleClass, container }) =>
    dependenciesOf(moduleClass)
      .filter(({ token, optional }) => !optional && !container.isBound(token))
      .map(({ name }) => ({
        code: "LIGAND_MODULE_SERVICE_MISSING" as const,
        message: `module ${info.id} asks for the service ${name}, which this homeserver does not offer`,
        remedy: remedyOf(name),
        ...(info.position && { position: info.position }),
      })),
  );
}

function nameOf(token: ServiceIdentifier): string {
  if (typeof token === "function") return token.name;
  return typeof token === "symbol" ? (token.description ?? String(token)) : token;
}
