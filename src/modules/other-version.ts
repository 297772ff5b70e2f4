import { COPY, filePath, VERSION } from "../package.js";
import type { CopyOfPackage } from "./module.js";

/** Says which versions met, and where each one is. */
export function otherVersionMessage(module: string, { version, url }: CopyOfPackage): string {
  return `${module} was decorated by ligand ${version} (${url}), but ligand ${VERSION} runs (${COPY.url})`;
}

/** What to do about the other version; that depends on how it got there. */
export function otherVersionRemedy(
  { version, url, isBundled }: CopyOfPackage,
  own: { readonly url: string } = COPY,
): string {
  if (isBundled) {
    return `Build the bundle of the module with ligand ${VERSION}, or leave \`ligand\` out of it (esbuild: \`--external:ligand\`).`;
  }
  const project = projectOf(url);
  if (project === undefined) return `Bring ${filePath(url)} to version ${VERSION}.`;
  if (project !== projectOf(own.url)) return `Install ligand ${VERSION} in the folder of the module, too: ${project}`;
  const update = url.includes("/node_modules/.pnpm/") ? "pnpm update" : "npm dedupe";
  return `Install a version of the module for ligand ${VERSION}: this one brings ligand ${version}. Its author makes \`ligand\` a peer dependency; then run \`${update}\`.`;
}

/** The folder whose `node_modules` has a copy of the package; undefined for a clone. */
function projectOf(url: string): string | undefined {
  const end = url.indexOf("/node_modules/");
  return end < 0 ? undefined : filePath(url.slice(0, end));
}
