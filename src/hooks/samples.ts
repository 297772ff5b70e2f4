import type { AnyHook, TypesOf } from "./hook.js";
import type { Category } from "./category.js";

/**
 * What an answer that the hook doesn't accept leads to: a result that decides, the next callback, or the failure of the
 * callback that gave it.
 */
export type IllegalEffect = { readonly result: unknown } | "skip" | "failure";

/** Samples of a hook: its arguments, and answers with what they lead to. Tests are made of them. */
export interface HookSamples<H extends AnyHook = AnyHook> {
  readonly args: Readonly<TypesOf<H>["args"]>;
  /** The decorator's arguments, if it needs any. */
  readonly given?: Readonly<TypesOf<H>["given"]>;
  /** The member of `host.hooks` that asks the hook, where that has another name. */
  readonly askedBy?: string;
  /** The arguments that the decorator makes anew for each callback. */
  readonly remade?: readonly string[];
  /** The result without a callback, and when no callback has an opinion. */
  readonly empty: Awaited<TypesOf<H>["result"]>;
  /** Answers after which the next callback is asked; none where only one callback is ever asked. */
  readonly pass: readonly unknown[];
  /** Answers that decide, each with the result. */
  readonly decides: readonly (readonly [answer: unknown, result: unknown])[];
  /** Answers of deprecated forms, each with the result; `"pass"` where the next callback is asked. */
  readonly deprecated?: readonly (readonly [answer: unknown, result: unknown])[];
  readonly illegal?: readonly (readonly [answer: unknown, effect: IllegalEffect])[];
}

/** The samples of a category. A hook that has none fails one test, which names it. */
export type CategorySamples<C extends Category<any>> = {
  readonly [Name in keyof C["hooks"]]?: HookSamples<C["hooks"][Name]>;
};
