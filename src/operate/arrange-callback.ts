import { isEnforced, type HookSettings } from "../config/operate/operate-settings.js";
import type { Call, ChainCallback, RemoteHow } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { CircuitBreaker } from "./circuit-breaker.js";
import { failurePolicy } from "./failure-wishes.js";
import { guardCall } from "./guard-call.js";
import { lateFailure } from "./late-failure.js";
import { matcherOf, type Matcher } from "../config/operate/matcher.js";
import { operatedInterest } from "./operated-interest.js";
import { shadowedParts } from "./shadowable.js";
import { inShare } from "./share.js";

/**
 * A callback as its administrator wants it: matcher, then share, then circuit breaker. The same object where nothing is
 * wanted, none where it isn't called, and two where it's enforced for a share and in shadow for the rest.
 *
 * @param chain `Category.hook`
 * @param breaker makes the circuit breaker, where one is wanted
 */
export function arrangeCallback(
  callback: ChainCallback,
  hook: AnyHook,
  chain: string,
  settings: HookSettings,
  breaker: (isInShadow: boolean) => CircuitBreaker | undefined,
): ChainCallback | readonly ChainCallback[] {
  const shadowed = shadowedParts(hook, chain, settings);
  const matcher = matcherOf(hook, settings);
  const isIn = settings.share < 1 ? inShare(hook, callback.module.id, settings.share) : undefined;
  const only = matcherOf(hook, { ...settings, except: {} });
  const enforced = isEnforced(settings)
    ? where(withBounds(callback, hook, chain, settings, breaker(false)), { matcher, only, isIn })
    : undefined;
  if (enforced && !shadowed.rest) return enforced;
  // In shadow a callback stands in for nothing.
  const tried = () =>
    withBounds(as(callback, { isInShadow: true }), hook, chain, { ...settings, onFailure: NO_OPINION }, breaker(true));
  return [
    ...(enforced ? [enforced] : []),
    ...(shadowed.share || shadowed.rest
      ? [{ ...where(tried(), { matcher, only, isIn: shadowedWhere(shadowed, isIn) }), shadow: true as const }]
      : []),
  ];
}

const NO_OPINION = { local: "allow", federation: "allow" } as const;

/** The dispatches that a callback in shadow is called for; undefined for all. */
function shadowedWhere(
  { share, rest }: ReturnType<typeof shadowedParts>,
  isIn: Matcher | undefined,
): Matcher | undefined {
  if (!isIn || (share && rest)) return undefined;
  return share ? isIn : (a0, a1, a2, a3, a4, a5) => !isIn(a0, a1, a2, a3, a4, a5);
}

function withBounds(
  callback: ChainCallback,
  hook: AnyHook,
  chain: string,
  settings: HookSettings,
  breaker: CircuitBreaker | undefined,
): ChainCallback {
  const { timeoutMs, onFailure } = settings;
  const failure = failurePolicy(hook, onFailure);
  const interest = operatedInterest(hook, settings, callback.interest);
  if (timeoutMs === undefined && !failure && !breaker && interest === callback.interest) return callback;
  const late = hook.synchronous && failure ? lateFailure(callback, hook, chain, failure) : undefined;
  const { call } =
    late || (hook.synchronous && timeoutMs !== undefined)
      ? as(callback, { ...(timeoutMs !== undefined && { timeoutMs }), ...(late && { late }) })
      : callback;
  return {
    ...callback,
    call: breaker ? guardCall(call, hook, breaker, onFailure) : call,
    interest,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(failure && { failure }),
    ...(breaker && { guard: breaker }),
  };
}

/** The same callback, if its process is to know how it's called. */
function as(callback: ChainCallback, how: RemoteHow): ChainCallback {
  return callback.callAs ? { ...callback, call: callback.callAs(how) } : callback;
}

/** Which dispatches a callback is called for: those of `only` and not of `except`, and of these its share. */
interface Conditions {
  /** `only` and `except`. */
  readonly matcher: Matcher | undefined;
  readonly only: Matcher | undefined;
  readonly isIn: Matcher | undefined;
}

/** The same callback, called only for some dispatches; the same object for all. */
function where(callback: ChainCallback, { matcher, only, isIn }: Conditions): ChainCallback {
  const call = onlyWhere(matcher, onlyWhere(isIn, callback.call));
  if (call === callback.call) return callback;
  const whyNot: NonNullable<ChainCallback["whyNot"]> = (a0, a1, a2, a3, a4, a5) => {
    if (only?.(a0, a1, a2, a3, a4, a5) === false) return "only";
    if (matcher?.(a0, a1, a2, a3, a4, a5) === false) return "except";
    return isIn?.(a0, a1, a2, a3, a4, a5) === false ? "share" : undefined;
  };
  return { ...callback, call, whyNot };
}

function onlyWhere(matches: Matcher | undefined, call: Call): Call {
  if (!matches) return call;
  return (a0, a1, a2, a3, a4, a5) => (matches(a0, a1, a2, a3, a4, a5) ? call(a0, a1, a2, a3, a4, a5) : NOT_ASKED);
}
