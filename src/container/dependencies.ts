import { ClassElementMetadataKind, getClassMetadata, InversifyCoreError, type ClassMetadata } from "@inversifyjs/core";
import { LazyServiceIdentifier, type ServiceIdentifier } from "inversify";
import type { LoadedModule } from "../modules/load-modules.js";

/** A service, or another token, that a module class asks for. */
export interface Dependency {
  /** Undefined where the token was not there yet when the class was decorated. */
  readonly token: ServiceIdentifier | undefined;
  readonly name: string;
  readonly optional: boolean;
  /** Where the class asks for it: a parameter or a property, in words. */
  readonly place: string;
}

/** What a module class asks for, in its constructor and its properties. */
export function dependenciesOf(moduleClass: LoadedModule["class"]): Dependency[] {
  const { constructorArguments, properties } = metadataOf(moduleClass);
  const elements = [
    ...Array.from(constructorArguments, (element, index) => [parameterAt(index), element] as const),
    ...Array.from(properties, ([property, element]) => [propertyNamed(property), element] as const),
  ];
  return elements.flatMap(([place, element]) => {
    // An unmanaged argument is filled by a default value of the constructor.
    if (!isInjected(element) || element.kind === ClassElementMetadataKind.unmanaged) return [];
    const token = LazyServiceIdentifier.is(element.value) ? element.value.unwrap() : element.value;
    return [{ token, name: nameOf(token), optional: element.optional, place }];
  });
}

/** The parameters and properties that say nothing of what is to be injected, in words. */
export function placesWithoutInject(moduleClass: LoadedModule["class"]): string[] {
  const { constructorArguments, properties } = metadataOf(moduleClass);
  // A parameter with a default value does not count in `length`, and needs no injection.
  const count = Math.max(moduleClass.length, constructorArguments.length);
  const parameters = Array.from({ length: count }, (_, index) => index)
    .filter((index) => !isInjected(constructorArguments[index]))
    .map(parameterAt);
  const bare = Array.from(properties).filter(([, element]) => !isInjected(element));
  return [...parameters, ...bare.map(([property]) => propertyNamed(property))];
}

/** Where Inversify keeps what the decorators of a class say; it exports only a function that refuses incomplete classes. */
const CLASS_METADATA = "@inversifyjs/core/classMetadataReflectKey";

function metadataOf(moduleClass: LoadedModule["class"]): Pick<ClassMetadata, "constructorArguments" | "properties"> {
  try {
    return getClassMetadata(moduleClass);
  } catch (error) {
    if (!InversifyCoreError.is(error)) throw error;
    const incomplete = Reflect.getOwnMetadata(CLASS_METADATA, moduleClass) as ClassMetadata | undefined;
    return incomplete ?? { constructorArguments: [], properties: new Map() };
  }
}

function isInjected<T extends { readonly kind: unknown }>(element: T | undefined): element is T {
  // Inversify marks by another kind what has `@optional()` or the like alone.
  return element !== undefined && ClassElementMetadataKind[element.kind as number] !== undefined;
}

function parameterAt(index: number): string {
  return `parameter ${index + 1} of the constructor`;
}

function propertyNamed(property: PropertyKey): string {
  return `the property \`${String(property)}\``;
}

function nameOf(token: ServiceIdentifier | undefined): string {
  if (typeof token === "function") return token.name;
  return typeof token === "symbol" ? (token.description ?? String(token)) : String(token);
}
