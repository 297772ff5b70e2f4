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
