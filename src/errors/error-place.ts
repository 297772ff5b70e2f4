import { filePath, OWN_FOLDERS } from "../package.js";
import { caught, shownStack } from "./caught.js";
import { LigandError } from "./ligand-error.js";

const PACKAGES = /[\\/]node_modules[\\/]/;
/** The packages of decorators, which stand between Ligand and a module; `src` is what their source maps make of them. */
const DECORATORS = /[\\/]node_modules[\\/](@?inversify(js)?|class-(validator|transformer)|src[\\/]decorators?)[\\/]/;

/**
 * Where in a module's code, which Ligand called, an error was thrown, `file:line:column`: the innermost call in it, and
 * in a package that it uses only where there is no other. Undefined where the stack has none.
 */
export function errorPlace(thrown: unknown): string | undefined {
  const error = caught(thrown);
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

const FRAME = /^ +at (?:.*\()?(?:async )?((?:file:\/\/)?[^ ()]*[\\/].*:\d+:\d+)\)?$/;
/** The time that the pattern takes grows faster than the line. */
const LONGEST_FRAME = 1000;

/** Where an error's stack leads through, innermost first, without Node itself. */
function placesOf(error: unknown): string[] {
  const lines = (shownStack(caught(error)) ?? "").split("\n").filter(({ length }) => length <= LONGEST_FRAME);
  return lines
    .flatMap((line) => FRAME.exec(line)?.[1] ?? [])
    .filter((place) => !place.startsWith("node:"))
    .flatMap((place) => (place.startsWith("file:") ? (pathOf(place) ?? []) : place));
}

/** A stack is text that anybody may write: not every URL in it is one of a file here. */
function pathOf(url: string): string | undefined {
  try {
    return url.startsWith("file:///") ? filePath(url) : undefined;
  } catch {
    return undefined;
  }
}
