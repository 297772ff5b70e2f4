import type { Problem } from "../errors/problem.js";
import type { Call, Interest, RegisteredCallback } from "./contribution.js";

/**
 * What a hook's decorator takes, and what that means for the callback.
 *
 * @typeParam Given the arguments of the decorator
 * @typeParam Options what they are read as
 */
export interface DecoratorOptions<Given extends readonly unknown[], Options> {
  /** The arguments as an author may write them, where the decorator needs some. */
  readonly example?: string;
  /**
   * The options of a registration.
   *
   * @param decorator how it is written, such as `ThirdPartyRules.onNewEvent`
   * @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for invalid arguments.
   */
  read(decorator: string, ...given: Given): Options;
  /**
   * Distinguishes several registrations of one method, for example by login type. Without it, decorating an override replaces
   * the registration that it inherits.
   */
  key?(options: Options): string;
  /** The rules that the registrations of all modules break together. */
  check?(callbacks: readonly RegisteredCallback<Options>[]): Problem[];
  /** What the callback can look at, made of what its parameters declare. */
  interest?(declared: Interest, options: Options): Interest;
  /** The callback as a chain calls it. It may answer `NOT_ASKED`. */
  wrap?(call: Call, options: Options): Call;
}
