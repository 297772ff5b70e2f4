/** A value as it crosses the pipe: JSON, with the key `$` for what JSON has no form for. */
export type Wire = string | number | boolean | null | readonly Wire[] | { readonly [key: string]: Wire };

/** One callback of a module: what it answers, or throws. */
export interface CallbackSpec {
  readonly hook: string;
  readonly gives: Wire;
  /** Answers later rather than synchronously. */
  readonly later?: boolean;
  /** How many parameters it declares; as many as the hook has by default. */
  readonly declares?: number;
  /** The position of an argument that it changes, with all objects in it. */
  readonly mutates?: number;
  /** The position of an argument of which is noted whether it is the homeserver's own object. */
  readonly identifies?: number;
  /** What its decorator takes. */
  readonly options?: readonly [loginType: string, fields: readonly Wire[]];
}

/** What both sides run: modules with callbacks, and a hook that is asked. */
export interface Run {
  /** The category by the name of its decorators. */
  readonly category: string;
  readonly hook: string;
  readonly args: readonly Wire[];
  readonly modules: readonly (readonly CallbackSpec[])[];
  /** The request is cancelled while the call with this number is pending. */
  readonly cancelAt?: number;
}

/** What an error is to a homeserver; `own` is the number of the thrown error that it is itself. */
export type ErrorOutcome =
  | { readonly kind: "matrix"; readonly own: number | null; readonly status: number; readonly body: Wire }
  | { readonly kind: "cancelled" | "moduleFailed" | "ordinary"; readonly own: number | null };

/** A call of a callback, with the arguments that it received. */
export interface Call {
  readonly module: number;
  readonly hook: string;
  readonly args: readonly Wire[];
  /** Whether the argument that the callback identifies is an object of its own. */
  readonly copied?: boolean;
}

/** What came of a run. */
export interface Outcome {
  /** The modules could not be registered together; nothing else is there then. */
  readonly refused?: true;
  readonly result?: Wire;
  readonly error?: ErrorOutcome;
  readonly called?: readonly Call[];
  /** How often the state of the room was loaded. */
  readonly loads?: number;
  /** The arguments after the run, as callbacks may have changed them. */
  readonly args?: readonly Wire[];
}

/** The same run, with other answers in the place of those of its callbacks. */
export function withAnswers(run: Run, change: (gives: Wire) => Wire): Run {
  const modules = run.modules.map((module) => module.map((spec) => ({ ...spec, gives: change(spec.gives) })));
  return { ...run, modules };
}

/** The tag of a value, where it is of a form that JSON has not. */
export function tagOf(wire: Wire): string | undefined {
  if (typeof wire !== "object" || wire === null || Array.isArray(wire)) return undefined;
  const tag = (wire as { readonly [key: string]: Wire })["$"];
  return typeof tag === "string" ? tag : undefined;
}
