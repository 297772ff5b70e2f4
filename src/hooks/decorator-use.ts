import { LigandError } from "../errors/ligand-error.js";

/**
 * Refuses a decorator without parentheses: it would receive what it should decorate, and do nothing.
 *
 * @param decorator how it is written, such as `Cached()`
 * @param first its first argument
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED`
 */
export function assertCalled(decorator: string, first: unknown): void {
  if (typeof first === "function" || isPrototype(first)) throw withoutParentheses(decorator);
}

/** The error for a decorator without parentheses. */
export function withoutParentheses(decorator: string): LigandError {
  const name = decorator.slice(0, decorator.indexOf("("));
  return new LigandError("LIGAND_DECORATOR_MISUSED", `@${name} was applied without parentheses, so it does nothing`, {
    remedy: `Write \`@${decorator}\`.`,
  });
}

/**
 * Refuses a decorator applied as in the ECMAScript proposal.
 *
 * @param decorator how it is written, such as `Cached()`
 * @param second the second argument of what the decorator gave: the context of a standard decorator has a `kind`
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED`
 */
export function assertExperimental(decorator: string, second: unknown): void {
  if (typeof second !== "object" || second === null || !("kind" in second)) return;
  throw new LigandError(
    "LIGAND_DECORATOR_MISUSED",
    `@${decorator} was applied as a standard decorator; set "experimentalDecorators": true in tsconfig.json`,
    { remedy: SET_EXPERIMENTAL },
  );
}

/** What to do if decorators were compiled as in the ECMAScript proposal. */
export const SET_EXPERIMENTAL = 'Set `"experimentalDecorators": true` in the `compilerOptions` of tsconfig.json.';

/** Whether a value is the prototype that a class made for itself. */
export function isPrototype(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "constructor")) return false;
  return (value.constructor as { prototype?: unknown }).prototype === value;
}
