/** The pairs of keys of `operate:` that have to do with each other, with what holds. All others don't. */
export const PAIRS = [
  pair(
    "mode",
    "timeout",
    "in shadow it bounds the call in shadow, which has 10 s by default; `disabled` checks it and doesn't use it",
  ),
  pair("mode", "on_failure", "a module in shadow stands in for nothing; written together, they are a warning"),
  pair(
    "mode",
    "share",
    "`enforce` decides for the share, and `rest` says what holds for the others; in shadow, the module is called for the share",
  ),
  pair("mode", "only", "the matcher comes first, in every mode"),
  pair(
    "mode",
    "process",
    "in the homeserver's own process, a module that injects a service that acts is in shadow as a whole, or not at all; beside Synapse and with a `process` also partly",
  ),
  pair("mode", "hooks", "a hook's mode replaces the module's; hooks that need each other have one mode"),
  pair("mode", "circuit_breaker", "in shadow it protects the call in shadow, and nothing stands in"),
  pair("mode", "required", "a module in shadow never keeps the others from starting"),
  pair("timeout", "on_failure", "a time-out is a failure"),
  pair("timeout", "share", "what isn't asked isn't timed"),
  pair("timeout", "only", "what isn't asked isn't timed"),
  pair(
    "timeout",
    "hooks",
    "a hook's timeout replaces the module's; a hook that answers synchronously has none, unless its module has a `process`: there it's how long the answer may take to arrive",
  ),
  pair("timeout", "circuit_breaker", "a time-out is a failure; what the breaker leaves out isn't timed"),
  pair("on_failure", "share", "what isn't asked hasn't failed: nothing stands in"),
  pair("on_failure", "only", "what isn't asked hasn't failed: nothing stands in"),
  pair("on_failure", "hooks", "a hook's policy replaces the module's"),
  pair(
    "on_failure",
    "circuit_breaker",
    "while the breaker is open, the policy stands in: it needs `allow` or `deny` where errors fail the request",
  ),
  pair("share", "only", "the matcher comes first; the share is of what matches"),
  pair("share", "hooks", "a hook's share replaces the module's; hooks that need each other have one share"),
  pair("share", "circuit_breaker", "the breaker counts calls that are made"),
  pair("only", "except", "`except` wins"),
  pair("only", "hooks", "a hook's matcher replaces the module's as a whole; `only: {}` asks about everything"),
  pair("only", "circuit_breaker", "the breaker counts calls that are made"),
  pair(
    "process",
    "hooks",
    "a module runs in one process: refused below `hooks:`, as are `memory`, `permissions` and `log_level`",
  ),
  pair("process", "memory", "`memory` and `permissions` stand below `operate:` with `process: own` alone"),
  pair("hooks", "circuit_breaker", "each callback has a breaker of its own; a hook's numbers replace the module's"),
];

function pair(one, other, rule) {
  return { keys: [one, other], rule };
}
