// `docs/operating-tables.md`: what an administrator can want of each hook, from the declarations of the hooks.
import "reflect-metadata";
import { CATALOGUE } from "../../dist/catalogue/index.js";
import { facetReader } from "../../dist/config/operate/facets.js";
import { passesErrors, whyNot } from "../../dist/operate/possible.js";
import { shadowing } from "../../dist/operate/shadowable.js";
import { anchor, sentence, table } from "./markdown.mjs";
import { PAIRS } from "./operating-pairs.mjs";

const FACETS = ["type", "sender", "server", "room"];
const SHADOW = {
  called: "yes",
  named: "only if named below `hooks:`",
  "not called": "no: one module alone answers it",
};

/** The page. */
export function operatingTablesPage() {
  const hooks = Object.values(CATALOGUE).flatMap((category) =>
    Object.entries(category.hooks).map(([name, hook]) => ({ name, chain: `${category.name}.${name}`, hook })),
  );
  return `# What operate: can do, hook by hook

\`operate:\` is described in [Configuration](configuration.md${anchor("What a module may do")}). These tables say what each hook can have. What
a hook can't have is a start-up error if you write it for the hook, below \`hooks:\`. Written for a whole module, it holds for the hooks
that can have it.

## Failures

What \`on_failure\` can be. \`default\` is the hook's own policy, which [Hooks](hooks.md) says.

${table(["hook", "`allow`", "`deny`", "`error`"], hooks.map(failureRow))}

A \`circuit_breaker\` needs \`on_failure: allow\` or \`deny\` for hooks whose own policy makes an error the request's: ${hooks
    .filter(({ hook }) => passesErrors(hook))
    .map(({ name }) => `\`${name}\``)
    .join(", ")}.

## Whom it's asked about

The keys that \`only:\` and \`except:\` can have, beside \`origin\`, which all hooks have. \`share\` is of rooms, and of users where a hook is
about no room.

${table(["hook", "keys", "`share`"], hooks.map(narrowingRow))}

## Shadow

${table(["hook", "called in shadow", "beside Synapse"], hooks.map(shadowRow))}

In the homeserver's own process, a module that injects a service that acts is in shadow as a whole, or not at all.

## Pairs of keys

${table(
  ["keys", "what holds"],
  PAIRS.map(({ keys, rule }) => [keys.map((key) => `\`${key}\``).join(" and "), rule]),
)}
`;
}

function failureRow({ name, hook }) {
  const cell = (wish, can) => {
    const reason = whyNot(hook, wish);
    return reason === undefined ? can : `no: ${reason}`;
  };
  const onlyNamed = hook.refusal?.onlyWhenNamed ? ", only if named below `hooks:`" : "";
  return [
    `\`${name}\``,
    cell("allow", "no opinion"),
    cell("deny", `${hook.refusal?.effect}${onlyNamed}`),
    cell("error", "500 `M_UNKNOWN`"),
  ];
}

function narrowingRow({ name, hook }) {
  const keys = FACETS.filter((key) => facetReader(hook, key));
  const share = facetReader(hook, "room") ? "rooms" : facetReader(hook, "sender") ? "users" : "no";
  return [`\`${name}\``, keys.map((key) => `\`${key}\``).join(", ") || "none", share];
}

function shadowRow({ name, chain, hook }) {
  const how = shadowing(hook, chain);
  const { kind, what } = hook.atSynapse ?? {};
  const there =
    kind === "changes"
      ? `not registered for shadow alone: ${what}`
      : kind === "costs"
        ? sentence(`it costs: ${what}`)
        : "";
  return [`\`${name}\``, SHADOW[how], how === "not called" ? "" : there];
}
