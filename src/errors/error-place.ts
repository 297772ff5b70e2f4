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
  const stack = placesOf(error).filter((place) => !DECORATORS.test(place));
  // An error of Ligand itself begins in Ligand, which the module called.
  const start = error instanceof LigandError ? stack.findIndex((place) => !isOwn(place)) : 0;
  const called = start < 0 ? [] : stack.slice(start);
  const end = called.findIndex(isOwn);
  const places = end < 0 ? called : called.slice(0, end);
  return places.find((place) => !PACKAGES.test(place)) ?? places[0];
}

/** A function that runs, and where in it: `file:line:column`. */
export interface Frame {
  readonly function?: string;
  readonly place: string;
}

/** The innermost frame of a stack that is code of a module, or of whoever else is neither Node nor Ligand. */
export function blamedFrame(stack: string): Frame | undefined {
  const frames: Frame[] = [];
  for (const line of stack.split("\n")) {
    const [place] = placesIn(line);
    if (place === undefined || DECORATORS.test(place)) continue;
    // What called Ligand is not what Ligand called.
    if (isOwn(place) && frames.length > 0) break;
    if (isOwn(place)) continue;
    const name = /^ +at (?:async )?([^(]+) \(/.exec(line)?.[1];
    frames.push({ ...(name !== undefined && { function: name }), place });
  }
  return frames.find(({ place }) => !PACKAGES.test(place)) ?? frames[0];
}

/** Whether an error comes from a decorator's own code, as when one that knows `experimentalDecorators` is applied otherwise. */
export function isOfDecorator(error: unknown): boolean {
  return DECORATORS.test(placesOf(error)[0] ?? "");
}

/** What compilers put between a class and its decorators: TypeScript, tslib, SWC, esbuild, Babel and `Reflect.decorate`. */
const DECORATING =
  /^ +at (?:(?:Object\.)?(?:__decorate(?:Class|Element|Param)?|_ts_decorate|__esDecorate|_apply(?:Decs\w*|DecoratedDescriptor))|Reflect\.decorate|Decorate(?:Property|Constructor)) [([]/;
const FRAME = /^ +at (?:.*\()?(?:async )?((?:file:\/\/)?[^ ()]*[\\/].*:\d+:\d+)\)?$/;
/** The time that the pattern takes grows faster than the line. */
const LONGEST_FRAME = 1000;

/** Where an error's stack leads through, innermost first, without Node itself. */
function placesOf(error: unknown): string[] {
  return placesIn(shownStack(caught(error)) ?? "");
}

function isOwn(place: string): boolean {
  return OWN_FOLDERS.some((folder) => place.startsWith(folder));
}

function placesIn(stack: string): string[] {
  const lines = stack.split("\n").filter(({ length }) => length <= LONGEST_FRAME);
  return lines
    .filter((line) => !DECORATING.test(line))
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
