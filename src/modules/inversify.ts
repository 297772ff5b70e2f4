// The one file that relies on more of Inversify than it documents; test/modules/inversify.test.ts lists what.
import {
  ClassElementMetadataKind,
  getClassMetadata,
  InversifyCoreError,
  InversifyCoreErrorKind,
  type ClassMetadata,
} from "@inversifyjs/core";
import { injectable, injectFromBase, LazyServiceIdentifier, type Newable, type ServiceIdentifier } from "inversify";

/** What to inject into a parameter or a property. */
export interface Injection {
  /** Undefined if the token didn't exist yet when the class was decorated. */
  readonly token: ServiceIdentifier | undefined;
  readonly optional: boolean;
}

/** What a class declares for its parameters and properties; `none` if `@inject` is missing, `default` if it isn't needed. */
export interface Injections {
  /** By position. */
  readonly parameters: readonly (Injection | "none" | "default")[];
  readonly properties: ReadonlyMap<string | symbol, Injection | "none" | "default">;
}

/** What to inject into instances of a class. */
export function injectionsOf(Class: Newable<object>): Injections {
  const { constructorArguments, properties } = metadataOf(Class);
  // A parameter with a default value doesn't count in `length`, and needs no injection.
  const length = Math.max(Class.length, constructorArguments.length);
  return {
    parameters: Array.from({ length }, (_, index) => injectionOf(constructorArguments[index])),
    properties: new Map(Array.from(properties, ([name, element]) => [name, injectionOf(element)])),
  };
}

type Element = ClassMetadata["constructorArguments"][number];

function injectionOf(element: Element | undefined): Injection | "none" | "default" {
  // Inversify marks by a kind of its own what has `@optional()` or the like alone.
  if (!element || ClassElementMetadataKind[element.kind] === undefined) return "none";
  if (element.kind === ClassElementMetadataKind.unmanaged) return "default";
  const { value, optional } = element;
  return { token: LazyServiceIdentifier.is(value) ? value.unwrap() : value, optional };
}

/** Where Inversify stores what a class's decorators declare; it exports only a function that refuses incomplete classes. */
const CLASS_METADATA = "@inversifyjs/core/classMetadataReflectKey";

type Metadata = Pick<ClassMetadata, "constructorArguments" | "properties"> & Partial<ClassMetadata>;

function metadataOf(Class: Newable<object>): Metadata {
  try {
    return getClassMetadata(Class);
  } catch (error) {
    if (!InversifyCoreError.is(error)) throw error;
    const incomplete = Reflect.getOwnMetadata(CLASS_METADATA, Class) as ClassMetadata | undefined;
    return incomplete ?? { constructorArguments: [], properties: new Map() };
  }
}

/**
 * Makes a class injectable, including its base class's injections, start and stop: Inversify looks at each class alone.
 * The author may write `@injectable()` as well, above or below.
 */
export function makeInjectable(Class: Newable<object>): void {
  extendBase(Class);
  const before = new Set(Reflect.getOwnMetadataKeys(Class));
  try {
    injectable()(Class);
  } catch (error) {
    if (!InversifyCoreError.isErrorOfKind(error, InversifyCoreErrorKind.injectionDecoratorConflict)) throw error;
  }
  // Inversify's flag only serves to refuse a second `@injectable()`.
  for (const key of Reflect.getOwnMetadataKeys(Class) as unknown[]) {
    if (!before.has(key) && Reflect.getOwnMetadata(key, Class) === true) Reflect.deleteMetadata(key, Class);
  }
}

function extendBase(Class: Newable<object>): void {
  const base: unknown = Object.getPrototypeOf(Class);
  if (typeof base !== "function" || Reflect.getOwnMetadataKeys(base).length === 0) return;
  injectFromBase({
    // A class without its own injections has no constructor of its own, or one without parameters.
    extendConstructorArguments: Class.length === 0 && getClassMetadata(Class).constructorArguments.length === 0,
    extendProperties: true,
    lifecycle: { extendPostConstructMethods: true, extendPreDestroyMethods: true },
  })(Class);
}

/**
 * Whether a container's error comes from a `@postConstruct` method, whose own error is its `cause`. Inversify rethrows a
 * constructor's error unchanged.
 */
export function isPostConstructFailure(error: unknown): error is Error {
  return InversifyCoreError.isErrorOfKind(error, InversifyCoreErrorKind.resolution);
}

/** Whether a class has `@preDestroy` methods, its base classes' included. */
export function hasPreDestroy(Class: Newable<object>): boolean {
  return (metadataOf(Class).lifecycle?.preDestroyMethodNames.size ?? 0) > 0;
}

/** Whether instances of a class do something without being called: when they start or stop, or with what's injected. */
export function isAliveByItself(Class: Newable<object>): boolean {
  const { constructorArguments, properties, lifecycle } = metadataOf(Class);
  const own = [lifecycle?.postConstructMethodNames.size, lifecycle?.preDestroyMethodNames.size, properties.size];
  return constructorArguments.length > 0 || own.some((count) => count !== undefined && count > 0);
}
