import { writtenShare } from "../config/operate/amounts.js";
import type { CallbackName } from "../hooks/callback-name.js";
import type { SelectedState } from "../matrix/state-selection.js";
import type { Wishes } from "../operate/wishes.js";
import { writtenDuration } from "../options/duration.js";
import type { ExplainedCallback, ExplainedHook } from "./explained-hooks.js";
import type { Paint } from "./terminal.js";

export function prettyHook(explained: ExplainedHook, paint: Paint): string {
  const { category, hook, strategy, failure, callbacks, shadow = [], ignored } = explained;
  const more = (callback: ExplainedCallback) =>
    `  ${paint("dim", [looksAt(callback), ...prettyWishes(callback)].join("; "))}`;
  return [
    `  ${paint("bold", `${category}.${hook}`)}  ${strategy}; ${paint("dim", "on an error:")} ${failure}\n`,
    callbackLines(callbacks, paint, more),
    ...shadow.map(
      (callback) => `    ${paint("yellow", "in shadow:")} ${callback.module}: ${callback.name}${more(callback)}\n`,
    ),
    ...ignored.map(({ module, name }) => `    ${paint("yellow", "ignored:")} ${module}: ${name}\n`),
  ].join("");
}

/** Callbacks in their order, each on a line. @param more what follows its name */
export function callbackLines<Callback extends CallbackName>(
  callbacks: readonly Callback[],
  paint: Paint,
  more: (callback: Callback) => string = () => "",
): string {
  return callbacks
    .map((callback, index) => {
      const { module, name } = callback;
      return `    ${paint("dim", `${index + 1}.`)} ${module}: ${name}${more(callback)}\n`;
    })
    .join("");
}

/** What a callback costs: what is loaded for it or sent to it, and why. */
function looksAt({ arguments: names, because, types, state }: ExplainedCallback): string {
  const all = `looks at ${names.join(", ") || "nothing"}`;
  return [
    because === undefined || state === "whole" ? all : `${all}: ${because}`,
    ...(types ? [`types: ${types.join(", ")}`] : []),
    ...(state === "whole" ? [`asks for the whole state: ${because ?? "it declares the parameter"}`] : []),
    ...(state && state !== "whole" ? [`state: ${state.map(prettySelected).join(", ")}`] : []),
  ].join("; ");
}

/** What an administrator wants of a callback, in the order in which it is applied. */
function prettyWishes({ wishes = {} }: ExplainedCallback): string[] {
  const { only, except, share, rest, circuitBreaker, timeoutMs, onFailure } = wishes;
  return [
    ...prettyMatcher("only", only),
    ...prettyMatcher("except", except),
    ...(share === undefined ? [] : [`share: ${writtenShare(share)}, the rest ${rest}`]),
    ...(circuitBreaker ? [`circuit breaker at ${writtenShare(circuitBreaker.failureRate)}`] : []),
    ...(timeoutMs === undefined ? [] : [`timeout: ${writtenDuration(timeoutMs)}`]),
    ...(onFailure ? [`on failure: ${prettyFailure(onFailure)}`] : []),
  ];
}

function prettyMatcher(name: string, matcher: Wishes["only"]): string[] {
  const keys = Object.entries(matcher ?? {}).map(([key, patterns]) => `${key} ${patterns.join(" or ")}`);
  return keys.length > 0 ? [`${name} ${keys.join(", ")}`] : [];
}

function prettyFailure({ local, federation }: NonNullable<Wishes["onFailure"]>): string {
  return local === federation ? local : `${local}, of other servers' requests ${federation}`;
}

function prettySelected([type, stateKey]: SelectedState): string {
  if (stateKey === undefined) return `every ${type}`;
  return stateKey === "" ? type : `${type} of ${stateKey}`;
}
