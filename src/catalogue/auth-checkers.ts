import { shownArgument } from "../errors/describe.js";
import { LigandError } from "../errors/ligand-error.js";
import { formatPosition, problemOf, type Problem } from "../errors/problem.js";
import type { CallbackName } from "../hooks/callback-name.js";
import type { HookContext, MaybePromise } from "../hooks/context.js";
import type { RegisteredCallback } from "../hooks/contribution.js";
import type { DecoratorOptions } from "../hooks/decorator-options.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { UserId } from "../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { LoginResponse } from "../matrix/records.js";

/**
 * Called with the response of a successful login, which it may change. Not called when a user re-authenticates.
 *
 * @public
 */
export type LoginCallback = (response: LoginResponse) => void | Promise<void>;

/** The user a password or another secret belongs to. The module must create the account first. @public */
export type AuthResult = readonly [userId: UserId, onLogin: LoginCallback | null];

/** The arguments of `@PasswordAuth.authChecker`. */
interface Offer {
  readonly type: string;
  readonly fields: readonly string[];
}

/** A login type that modules offer. @public */
export interface LoginType {
  readonly type: string;
  /** The fields that a client must send, in the order of the declaration. */
  readonly fields: readonly string[];
  /** The callbacks that will be asked, in order. */
  readonly callbacks: readonly CallbackName[];
}

/** The members of `host.hooks.passwordAuth` for all modules' auth checkers. @public */
export interface AuthCheckers {
  /**
   * Asks the auth checkers of a login type, in config order, until one succeeds. They see the declared fields of
   * `loginDict` and no others. Undefined when none succeeds, or when no module offers the type.
   *
   * @throws {MatrixError} 400 `M_UNKNOWN` when a declared field is missing in `loginDict`; no checker is asked.
   */
  checkAuth(
    user: string,
    loginType: string,
    loginDict: JsonObject,
    context?: HookContext,
  ): MaybePromise<AuthResult | undefined>;
  /** The login types that modules offer, `m.login.password` first. */
  readonly loginTypes: readonly LoginType[];
}

const PASSWORD = "m.login.password";

/** What `@PasswordAuth.authChecker(type, fields)` means: the method is asked about logins of the type, and sees the fields. */
export const offer: DecoratorOptions<[loginType: string, fields: readonly string[]], Offer> = {
  example: '"m.login.password", ["password"]',

  read(decorator, type, fields) {
    if (typeof type !== "string" || !Array.isArray(fields) || !fields.every((field) => typeof field === "string")) {
      throw new LigandError(
        "LIGAND_ARGUMENT_INVALID",
        `@${decorator}() needs a login type and a list of field names, but got [${shownArgument(type)},${shownArgument(fields)}]`,
      );
    }
    return Object.freeze({ type, fields: Object.freeze([...fields]) });
  },

  key: ({ type }) => type,

  check: (callbacks) =>
    Array.from(byLoginType(callbacks).values()).flatMap(([first, ...others]) =>
      others.filter((other) => !sameFields(first, other)).map((other) => conflict(first, other)),
    ),

  // The login type decides whom to ask.
  interest: (declared) => ({ ...declared, parameters: Math.max(declared.parameters, 2) }),

  wrap:
    (call, { type, fields }) =>
    (username, loginType, loginDict, context) =>
      loginType === type ? call(username, loginType, declaredOf(loginDict, fields), context) : NOT_ASKED,
};

/** `checkAuth` and `loginTypes` instead of the chain of all auth checkers, next to the category's other methods. */
export function askByLoginType<Others extends object>(authChecker: Checkers, others: Others): Others & AuthCheckers {
  let offered: { readonly by: Checkers["callbacks"]; readonly types: readonly LoginType[] } | undefined;
  const loginTypes = () => {
    const { callbacks } = authChecker;
    if (offered?.by !== callbacks) offered = { by: callbacks, types: loginTypesOf(callbacks as OfferingName[]) };
    return offered.types;
  };
  return {
    ...others,
    get loginTypes() {
      return loginTypes();
    },
    checkAuth(user, loginType, loginDict, context) {
      const type = loginTypes().find((one) => one.type === loginType);
      if (!type) return undefined;
      requireFields(type, loginDict);
      return authChecker(user, loginType, loginDict, context);
    },
  };
}

/** The chain of the auth checkers of all login types. */
interface Checkers {
  (
    username: string,
    loginType: string,
    loginDict: JsonObject,
    context?: HookContext,
  ): MaybePromise<AuthResult | undefined>;
  readonly callbacks: readonly CallbackName[];
}

/** An auth checker by name, with its decorator's arguments. */
type OfferingName = CallbackName & { readonly options: Offer };

/** The login types that auth checkers offer, `m.login.password` first. */
function loginTypesOf(callbacks: readonly OfferingName[]): readonly LoginType[] {
  const loginTypes = Array.from(byLoginType(callbacks), ([type, ofType]) =>
    Object.freeze({
      type,
      fields: ofType[0].options.fields,
      callbacks: Object.freeze(ofType.map(({ module, name }) => Object.freeze({ module, name }))),
    }),
  );
  return Object.freeze(
    loginTypes.sort((one, other) => Number(other.type === PASSWORD) - Number(one.type === PASSWORD)),
  );
}

function byLoginType<Callback extends { readonly options: Offer }>(
  callbacks: readonly Callback[],
): Map<string, [Callback, ...Callback[]]> {
  const byType = new Map<string, [Callback, ...Callback[]]>();
  for (const callback of callbacks) {
    const { type } = callback.options;
    const ofType = byType.get(type);
    if (ofType) ofType.push(callback);
    else byType.set(type, [callback]);
  }
  return byType;
}

type OfferingCallback = RegisteredCallback<Offer>;

function sameFields(one: OfferingCallback, other: OfferingCallback): boolean {
  return JSON.stringify(one.options.fields) === JSON.stringify(other.options.fields);
}

function conflict(first: OfferingCallback, second: OfferingCallback): Problem {
  const offers = ({ module, name, options }: OfferingCallback) =>
    `${name} of module ${module.id}${module.position ? ` (${formatPosition(module.position)})` : ""} with the fields ${JSON.stringify(options.fields)}`;
  return problemOf(
    "LIGAND_LOGIN_TYPE_CONFLICT",
    `the login type ${first.options.type} is offered by ${offers(first)}, and by ${offers(second)}`,
    { position: second.module.position },
  );
}

function requireFields({ type, fields }: LoginType, loginDict: JsonObject): void {
  const given = isPlainObject(loginDict) ? loginDict : {};
  const missing = fields.filter((field) => !Object.hasOwn(given, field));
  if (missing.length > 0)
    throw new MatrixError(400, `Missing parameters for login type ${type}: ${missing.join(", ")}`);
}

/** Only the declared fields: a checker sees no more than it asked for. Undefined if no checker looks at them. */
function declaredOf(loginDict: unknown, fields: readonly string[]): JsonObject | undefined {
  if (!isPlainObject(loginDict)) return undefined;
  const own = fields.filter((field) => Object.hasOwn(loginDict, field));
  return Object.fromEntries(own.map((field) => [field, loginDict[field] as JsonObject[string]]));
}
