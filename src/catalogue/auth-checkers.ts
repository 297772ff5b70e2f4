import { LigandError } from "../errors/ligand-error.js";
import { formatPosition, problemOf, type Problem } from "../errors/problem.js";
import type { RegisteredCallback } from "../hooks/contribution.js";
import type { HookContext, MaybePromise } from "../hooks/context.js";
import type { AnyHook, CallbackName, HookMethod, KeyedSpec } from "../hooks/hook.js";
import type { UserId } from "../matrix/identifiers.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { MatrixError } from "../matrix/matrix-error.js";
import type { LoginResponse } from "../matrix/records.js";

/** Called with the response of a successful login, which it may change. Not called when a user re-authenticates. */
export type LoginCallback = (response: LoginResponse) => void | Promise<void>;

/** Who a password or another secret belongs to. The module must have created the account. */
export type AuthResult = readonly [userId: UserId, onLogin: LoginCallback | null];

/** What `@PasswordAuth.authChecker` was given. */
interface Offer {
  readonly type: string;
  readonly fields: readonly string[];
}

/** A login type that modules offer. */
export interface LoginType {
  readonly type: string;
  /** The fields that a client must send, in the order of the declaration. */
  readonly fields: readonly string[];
  /** Who will be asked, in order. */
  readonly callbacks: readonly CallbackName[];
}

/** What `host.hooks.passwordAuth` has for the auth checkers of all modules. */
export interface AuthCheckers {
  /**
   * Asks the auth checkers of a login type, in config order, until one succeeds. They see the declared fields of
   * `loginDict` and no others. Undefined when none succeeds, or when no module offers the type.
   *
   * @throws {MatrixError} 400 `M_UNKNOWN` when `loginDict` lacks a declared field; no checker is asked.
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

/** How auth checkers are registered, by login type and fields, and how they are asked. */
export const authCheckers: KeyedSpec<[loginType: string, fields: readonly string[]], AuthCheckers> = {
  options(type, fields): Offer {
    if (typeof type !== "string" || !Array.isArray(fields) || !fields.every((field) => typeof field === "string")) {
      throw new LigandError(
        "LIGAND_ARGUMENT_INVALID",
        `@PasswordAuth.authChecker() expects a login type and a list of field names, found ${JSON.stringify([type, fields])}`,
      );
    }
    return Object.freeze({ type, fields: Object.freeze([...fields]) });
  },

  check(callbacks) {
    return Array.from(byLoginType(callbacks).values()).flatMap(([first, ...others]) =>
      others.filter((other) => !sameFields(first, other)).map((other) => conflict(first, other)),
    );
  },

  expose(callbacks, chainOf) {
    const checks = new Map<string, { fields: readonly string[]; check: HookMethod<AnyHook> }>();
    for (const [type, ofType] of byLoginType(callbacks)) {
      checks.set(type, { fields: offerOf(ofType[0]).fields, check: chainOf(ofType) });
    }
    return {
      loginTypes: loginTypesOf(callbacks),
      checkAuth(user, loginType, loginDict, context) {
        const offered = checks.get(loginType);
        if (!offered) return undefined;
        const declared = declaredFields(loginType, offered.fields, loginDict);
        return offered.check(user, loginType, declared, context) as MaybePromise<AuthResult | undefined>;
      },
    };
  },
};

/** The login types that auth checkers offer, `m.login.password` first. Needs no instance. */
export function loginTypesOf(callbacks: readonly RegisteredCallback[]): readonly LoginType[] {
  const loginTypes = Array.from(byLoginType(callbacks), ([type, ofType]) =>
    Object.freeze({
      type,
      fields: offerOf(ofType[0]).fields,
      callbacks: Object.freeze(ofType.map(({ module, name }) => Object.freeze({ module: module.id, name }))),
    }),
  );
  return Object.freeze(
    loginTypes.sort((one, other) => Number(other.type === PASSWORD) - Number(one.type === PASSWORD)),
  );
}

function byLoginType<Callback extends RegisteredCallback>(
  callbacks: readonly Callback[],
): Map<string, [Callback, ...Callback[]]> {
  const byType = new Map<string, [Callback, ...Callback[]]>();
  for (const callback of callbacks) {
    const ofType = byType.get(offerOf(callback).type);
    if (ofType) ofType.push(callback);
    else byType.set(offerOf(callback).type, [callback]);
  }
  return byType;
}

function offerOf(callback: RegisteredCallback): Offer {
  return callback.options as Offer;
}

function sameFields(one: RegisteredCallback, other: RegisteredCallback): boolean {
  return JSON.stringify(offerOf(one).fields) === JSON.stringify(offerOf(other).fields);
}

function conflict(first: RegisteredCallback, second: RegisteredCallback): Problem {
  const offers = ({ module, name, options }: RegisteredCallback) =>
    `${name} of module ${module.id}${module.position ? ` (${formatPosition(module.position)})` : ""} with the fields ${JSON.stringify((options as Offer).fields)}`;
  return problemOf(
    "LIGAND_LOGIN_TYPE_CONFLICT",
    `the login type ${offerOf(first).type} is offered by ${offers(first)}, and by ${offers(second)}`,
    { position: second.module.position },
  );
}

/** The declared fields alone: a checker sees no more than it asked for. */
function declaredFields(loginType: string, fields: readonly string[], loginDict: JsonObject): JsonObject {
  const given = isPlainObject(loginDict) ? loginDict : {};
  const missing = fields.filter((field) => !Object.hasOwn(given, field));
  if (missing.length > 0) {
    throw new MatrixError(400, `Missing parameters for login type ${loginType}: ${missing.join(", ")}`);
  }
  return Object.fromEntries(fields.map((field) => [field, given[field] as JsonObject[string]]));
}
