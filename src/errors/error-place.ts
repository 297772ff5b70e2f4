import { filePath, isOwn } from "../package.js";
import { caught, shownStack } from "./caught.js";
import { LigandError } from "./ligand-error.js";

const PACKAGES = /[\\/]node_modules[\\/]/;
/** The packages of decorators, which sit between Ligand and a module; `src` is how their source maps name them. */
const DECORATORS = /[\\/]node_modules[\\/](@?inversify(js)?|class-(validator|transformer)|src[\\/]decorators?)[\\/]/;

/**
 * Where in a module's code, called by Ligand, an error was thrown, as `file:line:column`: the innermost frame in the
 * module's own code, or else in a package that it uses. Undefined if the stack has neither.
 */
export function errorPlace(thrown: unknown): string | undefined {
  const error = caught(thrown);
  const stack = placesOf(error).filter((place) => !DECORATORS.test(place));
  // An error of Ligand itself starts in Ligand, called by the module.
  const start = error instanceof LigandError ? stack.findIndex((place) => !isOwn(place)) : 0;
  const called = start < 0 ? [] : stack.slice(start);
  const end = called.findIndex(isOwn);
  const places = end < 0 ? called : called.slice(0, end);
  return places.find((place) => !PACKAGES.test(place)) ?? places[0];
}

/** A running function, and where in it: `file:line:column`. */
export interface Frame {
  readonly function?: string;
  readonly place: string;
}

/** The innermost frame of a stack that belongs to neither Node nor Ligand. */
export function blamedFrame(stack: string): Frame | undefined {
  const frames: Frame[] = [];
  for (const line of stack.split("\n")) {
    const [place] = placesIn(line);
    if (place === undefined || DECORATORS.test(place)) continue;
    // The caller of Ligand isn't something that Ligand called.
    if (isOwn(place) && frames.length > 0) break;
    if (isOwn(place)) continue;
    const name = /^ +at (?:async )?([^(]+) \(/.exec(line)?.[1];
    frames.push({ ...(name !== undefined && { function: name }), place });
  }
  return frames.find(({ place }) => !PACKAGES.test(place)) ?? frames[0];
}

/** Whether an error comes from a decorator's own code, as when one for `experimentalDecorators` is applied otherwise. */
export function isOfDecorator(error: unknown): boolean {
  return DECORATORS.test(placesOf(error)[0] ?? "");
}

/** What compilers put between a class and its decorators: TypeScript, tslib, SWC, esbuild, Babel and `Reflect.decorate`. */
const DECORATING =
  /^ +at (?:(?:Object\.)?(?:__decorate(?:Class|Element|Param)?|_ts_decorate|__esDecorate|_apply(?:Decs\w*|DecoratedDescriptor))|Reflect\.decorate|Decorate(?:Property|Constructor)) [([]/;
const FRAME = /^ +at (?:.*\()?(?:async )?((?:file:\/\/)?[^ ()]*[\\/].*:\d+:\d+)\)?$/;
/** The pattern's running time grows faster than the line. */
const LONGEST_FRAME = 1000;

/** The files in an error's stack, innermost first, without Node itself. */
function placesOf(error: unknown): string[] {
  return placesIn(shownStack(caught(error)) ?? "");
}

function placesIn(stack: string): string[] {
  const lines = stack.split("\n").filter(({ length }) => length <= LONGEST_FRAME);
  return lines
    .filter((line) => !DECORATING.test(line))
    .flatMap((line) => FRAME.exec(line)?.[1] ?? [])
    .filter((place) => !place.startsWith("node:"))
    .flatMap((place) => (place.startsWith("file:") ? (pathOf(place) ?? []) : place));
}

/** Anyone may write a stack: not every URL in it is a file here. */
function pathOf(url: string): string | undefined {
  try {
    return url.startsWith("file:///") ? filePath(url) : undefined;
  } catch {
    return undefined;
  }
}
