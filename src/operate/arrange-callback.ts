import { isEnforced, type HookSettings, type MatcherKey } from "../config/operate/operate-settings.js";
import type { Call, ChainCallback, RemoteHow } from "../hooks/contribution.js";
import type { AnyHook } from "../hooks/hook.js";
import { NOT_ASKED } from "../hooks/narrowing.js";
import type { CircuitBreaker } from "./circuit-breaker.js";
import { parametersOf } from "./facets.js";
import { failurePolicy } from "./failure-wishes.js";
import { guardCall } from "./guard-call.js";
import { matcherOf, type Matcher } from "./matcher.js";
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
  breaker: () => CircuitBreaker | undefined,
): ChainCallback | readonly ChainCallback[] {
  const shadowed = shadowedParts(hook, chain, settings);
  const matcher = matcherOf(hook, settings);
  const isIn = settings.share < 1 ? inShare(hook, callback.module.id, settings.share) : undefined;
  const enforced = isEnforced(settings)
    ? where(withBounds(callback, hook, settings, breaker()), matcher, isIn)
    : undefined;
  if (enforced && !shadowed.rest) return enforced;
  // In shadow a callback stands in for nothing.
  const tried = () =>
    withBounds(as(callback, { isInShadow: true }), hook, { ...settings, onFailure: NO_OPINION }, breaker());
  return [
    ...(enforced ? [enforced] : []),
    ...(shadowed.share || shadowed.rest
      ? [{ ...where(tried(), matcher, shadowedWhere(shadowed, isIn)), shadow: true as const }]
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
  { timeoutMs, onFailure, ...settings }: HookSettings,
  breaker: CircuitBreaker | undefined,
): ChainCallback {
  const failure = failurePolicy(hook, onFailure);
  const parameters = Math.max(callback.interest.parameters, ...keysOf(settings).map((key) => parametersOf(hook, key)));
  const looksAtMore = parameters > callback.interest.parameters;
  if (timeoutMs === undefined && !failure && !breaker && !looksAtMore) return callback;
  const { call } = hook.synchronous && timeoutMs !== undefined ? as(callback, { timeoutMs }) : callback;
  return {
    ...callback,
    call: breaker ? guardCall(call, hook, breaker, onFailure) : call,
    ...(looksAtMore && { interest: { ...callback.interest, parameters } }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(failure && { failure }),
    ...(breaker && { failed: () => breaker.failed() }),
  };
}

/** The same callback, if its process is to know how it's called. */
function as(callback: ChainCallback, how: RemoteHow): ChainCallback {
  return callback.callAs ? { ...callback, call: callback.callAs(how) } : callback;
}

/** What the callback's matcher and share look at. */
function keysOf({ only, except, share }: Pick<HookSettings, "only" | "except" | "share">): MatcherKey[] {
  const keys = Object.keys({ ...only, ...except }) as MatcherKey[];
  return share < 1 ? [...keys, "room", "sender"] : keys;
}

/** The same callback, called only for some dispatches; the same object for all. */
function where(callback: ChainCallback, matcher: Matcher | undefined, isIn: Matcher | undefined): ChainCallback {
  const call = onlyWhere(matcher, onlyWhere(isIn, callback.call));
  return call === callback.call ? callback : { ...callback, call };
}

function onlyWhere(matches: Matcher | undefined, call: Call): Call {
  if (!matches) return call;
  return (a0, a1, a2, a3, a4, a5) => (matches(a0, a1, a2, a3, a4, a5) ? call(a0, a1, a2, a3, a4, a5) : NOT_ASKED);
}
