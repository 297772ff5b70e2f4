import { createHash } from "node:crypto";
import { execFileSync } from "node:child_process";
import type { AnyHook } from "#src/hooks/hook.js";
import { ANSWERS, HANGING, THENABLES, THROWN } from "./faults.js";
import { HOOKS, HOOKS_WITH_FUNCTIONS, type Mode } from "./faulty-modules.js";

/** Where modules run whose callbacks have the faults. */
export const HOSTS = ["in-process", "served", "isolated"] as const;
export type HostName = (typeof HOSTS)[number];

/** One fault in the callback of one hook, in one host. */
export interface Cell {
  readonly host: HostName;
  /** `property.hook`, or `web` for a web resource. */
  readonly key: string;
  readonly mode: Mode;
  readonly fault: string;
}

/** What a callback may do that harms no process: synchronously and, if there's a difference, later, too. */
const FAULTS: readonly (readonly Mode[])[] = [["throw", "reject"], ["answer", "resolve"], ["thenable"]];
const NAMES: Readonly<Record<string, readonly string[]>> = {
  throw: Object.keys(THROWN),
  answer: Object.keys(ANSWERS),
  thenable: Object.keys(THENABLES),
};

/** Hooks that differ in what becomes of errors and of answers: the first of each kind. */
const KINDS_OF_HOOKS = [...HOOKS].filter(([, { hook }], index, all) => {
  const kind = ({ failure, strategy, synchronous }: AnyHook) => `${failure.name} ${strategy.name} ${synchronous}`;
  return all.findIndex(([, other]) => kind(other.hook) === kind(hook)) === index;
});

/** Faults after which a callback never answers. The other hosts give a call up after a time. */
export const HANGING_CELLS: readonly Cell[] = [...HOOKS]
  .filter(([, { hook }]) => !hook.synchronous)
  .flatMap(([key]) =>
    Object.keys(HANGING).map((fault) => ({ host: "in-process" as const, key, mode: "hang" as const, fault })),
  );

/** Functions inside answers that throw, when the homeserver calls them after the dispatch. */
export const LATER_CELLS: readonly Cell[] = HOSTS.flatMap((host) =>
  HOOKS_WITH_FUNCTIONS.flatMap((key) =>
    Object.keys(THROWN).map((fault) => ({ host, key, mode: "later" as const, fault })),
  ),
);

/**
 * Every cell of the matrix but those of {@link HANGING_CELLS} and {@link LATER_CELLS}: every hook in the homeserver's own process, and hooks of
 * each kind in the others. Faults come synchronously in every second hook, later in the others.
 */
export const ALL_CELLS: readonly Cell[] = HOSTS.flatMap((host) => {
  const hooks = host === "in-process" ? HOOKS.keys() : KINDS_OF_HOOKS.map(([key]) => key);
  return [...hooks, "web"].flatMap((key, column) =>
    FAULTS.flatMap((modes) =>
      NAMES[modes[0]!]!.map((fault, row) => ({ host, key, mode: modes[(row + column) % modes.length]!, fault })),
    ).filter((cell) => !neverAnswers(cell)),
  );
});

/** Where `then` is read once, it returns a function that does nothing: nothing is ever answered. */
function neverAnswers({ key, fault }: Cell): boolean {
  return key === "web" && fault === "thenGetterThrowsLater";
}

/**
 * Some of the cells, other ones for each commit: each fault and each host at least once.
 *
 * @param seed what they are drawn by
 */
export function sampleOf(cells: readonly Cell[], count: number, seed: string): readonly Cell[] {
  const drawn = cells
    .map((cell, index) => ({ cell, rank: createHash("sha1").update(`${seed} ${index}`).digest("hex") }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ cell }) => cell);
  const kinds = new Set<string>();
  const first = drawn.filter(({ host, mode, fault }) => {
    const isNew = !kinds.has(host) || !kinds.has(`${mode} ${fault}`);
    kinds.add(host).add(`${mode} ${fault}`);
    return isNew;
  });
  return [...new Set([...first, ...drawn])].slice(0, count);
}

/** The commit that is checked out. */
export function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "no commit";
  }
}
