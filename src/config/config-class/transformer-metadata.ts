// class-transformer shows its decorators' metadata nowhere else; packages that need it import this file.
// @ts-expect-error -- its types are in another folder
import { defaultMetadataStorage } from "class-transformer/cjs/storage.js";
import type { Newable } from "inversify";

/** The part of class-transformer's storage that's used here. */
interface Storage {
  findExposeMetadata(target: Newable<object>, property: string): { options?: { name?: string } } | undefined;
  findTypeMetadata(target: Newable<object>, property: string): TypeMetadata | undefined;
  addTypeMetadata(metadata: TypeMetadata): void;
}

interface TypeMetadata {
  readonly target: Newable<object>;
  readonly propertyName: string;
  readonly typeFunction: () => unknown;
  reflectedType?: unknown;
  readonly options: object;
}

const storage = defaultMetadataStorage as Storage;

/** The key that `@Expose({ name })` gives a property; without it the name of the property. */
export function keyOf(Class: Newable<object>, property: string): string {
  return storage.findExposeMetadata(Class, property)?.options?.name ?? property;
}

/** Declares that a property holds a `Map`, of what its `@Type` says, or of unchanged values. */
export function declareMap(Class: Newable<object>, property: string): void {
  const known = storage.findTypeMetadata(Class, property);
  if (known) known.reflectedType = Map;
  else {
    storage.addTypeMetadata({
      target: Class,
      propertyName: property,
      typeFunction: () => undefined,
      reflectedType: Map,
      options: {},
    });
  }
}

/** What `@Type` says about a property: the class of its values, and whether the property is a `Map` of them. */
export function typeOf(Class: Newable<object>, property: string): { Class?: Newable<object>; isMap: boolean } {
  const metadata = storage.findTypeMetadata(Class, property);
  const type = metadata?.typeFunction?.();
  return {
    ...(typeof type === "function" && { Class: type as Newable<object> }),
    isMap: metadata?.reflectedType === Map,
  };
}
