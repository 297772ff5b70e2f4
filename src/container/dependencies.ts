import type { ServiceIdentifier } from "inversify";
import { describedNeeds } from "../modules/described-needs.js";
import { injectionsOf, type Injection } from "../modules/inversify.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { ModuleConfig, ModuleInfo, ModuleLogger } from "../modules/tokens.js";
import { ownService } from "../services/own-service.js";
import { SERVICES, type ServiceName } from "../services/services.js";

/** A service, or another token, that a module class needs. */
export interface Dependency extends Injection {
  readonly name: string;
  /** The token as the class has it: another one than `token` where the module brings a copy of Ligand. */
  readonly asked: ServiceIdentifier | undefined;
  /** Where the class needs it: a parameter or a property, in words. */
  readonly place: string;
}

/** What a module class needs, in its constructor and its properties. */
export function dependenciesOf(moduleClass: LoadedModule["class"]): Dependency[] {
  return placesOf(moduleClass).flatMap(([place, injection]) =>
    typeof injection === "object" ? [dependencyOf(injection, place)] : [],
  );
}

/** The names of the services that a module class needs, each once. */
export function servicesOf(moduleClass: LoadedModule["class"]): ServiceName[] {
  const elsewhere = describedNeeds(moduleClass)?.flatMap(({ name, isService }) => (isService ? [name] : []));
  const needed = new Set<unknown>(dependenciesOf(moduleClass).map(({ token }) => token));
  const isNeeded = (name: ServiceName) => elsewhere?.includes(name) ?? needed.has(SERVICES[name]);
  return (Object.keys(SERVICES) as ServiceName[]).filter(isNeeded);
}

function dependencyOf({ token: asked, optional }: Injection, place: string): Dependency {
  const token = asked && ownService(asked);
  return { token, asked, optional, name: nameOf(token), place };
}

/** What a module class needs besides its own config, info and logger, wherever its module runs. */
export function needsOf(moduleClass: LoadedModule["class"]): Pick<Dependency, "token" | "name" | "optional">[] {
  const described = describedNeeds(moduleClass);
  if (!described) return dependenciesOf(moduleClass).filter(({ token }) => !OF_EACH_MODULE.has(token));
  return described.map(({ name, isService, optional }) => ({
    token: isService ? SERVICES[name as ServiceName] : Symbol(name),
    name,
    optional,
  }));
}

const OF_EACH_MODULE = new Set<unknown>([ModuleConfig, ModuleInfo, ModuleLogger]);

/** The parameters and properties that don't say what to inject, in words. */
export function placesWithoutInject(moduleClass: LoadedModule["class"]): string[] {
  return placesOf(moduleClass).flatMap(([place, injection]) => (injection === "none" ? [place] : []));
}

function placesOf(moduleClass: LoadedModule["class"]) {
  const { parameters, properties } = injectionsOf(moduleClass);
  return [
    ...parameters.map((injection, index) => [`parameter ${index + 1} of the constructor`, injection] as const),
    ...Array.from(properties, ([name, injection]) => [`the property \`${String(name)}\``, injection] as const),
  ];
}

function nameOf(token: ServiceIdentifier | undefined): string {
  if (typeof token === "function") return token.name;
  return typeof token === "symbol" ? (token.description ?? String(token)) : String(token);
}
