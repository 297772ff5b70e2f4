import { filePath, OWN_FOLDERS } from "../package.js";
import { LigandError } from "./ligand-error.js";

const PACKAGES = /[\\/]node_modules[\\/]/;
/** The packages of decorators, which stand between Ligand and a module; `src` is what their source maps make of them. */
const DECORATORS = /[\\/]node_modules[\\/](@?inversify(js)?|class-(validator|transformer)|src[\\/]decorators?)[\\/]/;

/**
 * Where in a module's code, which Ligand called, an error was thrown, `file:line:column`: the innermost call in it, and
 * in a package that it uses only where there is no other. Undefined where the stack has none.
 */
export function errorPlace(error: unknown): string | undefined {
  const isOwn = (place: string) => OWN_FOLDERS.some((folder) => place.startsWith(folder));
  const stack = placesOf(error).filter((place) => !DECORATORS.test(place));
  // An error of Ligand itself begins in Ligand, which the module called.
  const start = error instanceof LigandError ? stack.findIndex((place) => !isOwn(place)) : 0;
  const called = start < 0 ? [] : stack.slice(start);
  const end = called.findIndex(isOwn);
  const places = end < 0 ? called : called.slice(0, end);
  return places.find((place) => !PACKAGES.test(place)) ?? places[0];
}

/** Whether an error comes from a decorator's own code, as when one that knows `experimentalDecorators` is applied otherwise. */
export function isOfDecorator(error: unknown): boolean {
  return DECORATORS.test(placesOf(error)[0] ?? "");
}

/** Where an error's stack leads through, innermost first, without Node itself. */
function placesOf(error: unknown): string[] {
  const stack = error instanceof Error ? String(error.stack) : "";
  const frames = stack.matchAll(/^ +at (?:.*\()?(?:async )?((?:file:\/\/)?[^ ()]*[\\/].*:\d+:\d+)\)?$/gm);
  return Array.from(frames, ([, place]) => place!)
    .filter((place) => !place.startsWith("node:"))
    .map((place) => (place.startsWith("file:") ? filePath(place) : place));
}
