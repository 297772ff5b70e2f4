import type { ListedCategory, ListedHook } from "./hook-list.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";
import { wrap } from "./wrap.js";

/** Categories as tables: a line per hook. */
export function prettyHookList(categories: readonly ListedCategory[], paint: Paint, width?: number): string {
  return wrap(categories.map((category) => prettyCategory(category, paint, width)).join("\n"), width);
}

/** One category with all that is known of its hooks. */
export function prettyHooks({ category, summary, hooks }: ListedCategory, paint: Paint, width?: number): string {
  const blocks = hooks.map((hook) => {
    const facts = [
      ["decorator", hook.decorator],
      ...(hook.method === undefined ? [] : [["homeserver", `${hook.method}(${names(hook)})`]]),
      ...hook.parameters.map(({ name, summary: text, secret }) => [name, secret ? `${text}; never logged` : text]),
      ["answers", hook.answers],
      ["result", hook.strategy],
      ["on an error", hook.failure],
      ...(hook.refusal ? [["can refuse", hook.refusal.effect]] : []),
      ["cancellation", hook.shield ? "waits for the running callback" : "reaches callbacks by the signal alone"],
      ...hook.rules.map((rule) => ["rule", rule]),
      ["Synapse", `${hook.referenceName}, since ${hook.since}, ${hook.status}`],
    ].map(([label = "", text = ""]) => [paint("dim", label), text]);
    return `  ${paint("bold", hook.hook)}\n  ${hook.summary}\n${table(facts, "    ", width)}`;
  });
  return wrap(`${paint(["bold", "underline"], category)}\n${summary}\n\n${blocks.join("\n")}`, width);
}

function prettyCategory({ category, summary, hooks }: ListedCategory, paint: Paint, width?: number): string {
  const head = ["hook", "since", "status", "result", "on an error"].map((title) => paint("dim", title));
  const rows = hooks.map(({ hook, since, status, strategy, failure }) => [hook, since, status, strategy, failure]);
  return `${paint(["bold", "underline"], category)}\n${summary}\n${table([head, ...rows], "  ", width)}`;
}

function names({ parameters }: ListedHook): string {
  return parameters.map(({ name }) => name).join(", ");
}
