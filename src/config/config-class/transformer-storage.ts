import { COPY, requireHere } from "../../package.js";

/**
 * The metadata of class-transformer as the code that this copy of Ligand comes with sees it; another copy asks for it.
 * Loaded when first asked for, with class-transformer. A bundler sees only a plain `require`.
 */
export function loadTransformerStorage(): object {
  const loaded = COPY.isBundled
    ? require("class-transformer/cjs/storage.js")
    : requireHere("class-transformer/cjs/storage.js");
  return (loaded as { readonly defaultMetadataStorage: object }).defaultMetadataStorage;
}

/**
 * Takes over the metadata of another copy of class-transformer: a module that is linked or bundled brings one, and its
 * decorators write there. (class-validator's copies share what they write.)
 */
export function adoptTransformerMetadata(other: object): void {
  const own = loadTransformerStorage() as Record<string, Map<unknown, unknown>>;
  if (other === own) return;
  for (const [name, map] of Object.entries(other as Record<string, Map<unknown, unknown>>)) {
    for (const [key, value] of map) own[name]!.set(key, value);
  }
}
