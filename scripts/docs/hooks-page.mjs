import { CATALOGUE } from "../../dist/catalogue/index.js";
import { hookList } from "../../dist/cli/hook-list.js";
import { hookSignatures, membersOf } from "./hook-signatures.mjs";
import { anchor, glossary, sentence, table } from "./markdown.mjs";

/** `docs/hooks.md`: the catalogue. */
export function hooksPage() {
  const categories = hookList();
  const hooks = categories.flatMap((category) => category.hooks);
  const signatures = hookSignatures();
  return `# Hooks

A **hook** is a question that the homeserver asks, or a notification that it sends: "is this event spam?", "a user logged
in". A **callback** is a method of a module that answers a hook. Hooks are grouped by subject into **categories**. For modules, a
category is an object of decorators; for the homeserver, it's a property of \`host.hooks\`.

This page lists all ${hooks.length} hooks of the ${categories.length} categories. \`ligand hooks\` lists them in the terminal.
\`ligand explain homeserver.yaml\` shows which of your modules answer them.

To answer a hook, decorate a method. The method may have any name, and may declare fewer parameters than the hook has. It may be
asynchronous unless the hook says otherwise:

\`\`\`ts
import { Module, NOT_SPAM, Codes, SpamChecker, type RoomEvent } from "ligand";

@Module()
export class NoShouting {
  @SpamChecker.checkEventForSpam()
  refuseShouting(event: RoomEvent) {
    const { body } = event.content;
    return typeof body === "string" && /^[^a-z]{40,}$/.test(body) ? Codes.FORBIDDEN : NOT_SPAM;
  }
}
\`\`\`

The homeserver asks by calling the hook with the same arguments: \`await host.hooks.spamChecker.checkEventForSpam(event)\`.
Ligand calls the callbacks of all modules **one after the other, in the order of the configuration**. If a module has several, they
run in the order in which its class lists them. This list is the hook's chain.

## How to read this page

### Arguments and context

Callbacks receive the arguments in the order listed, and after them a \`HookContext\`:

- \`signal\`: aborted when the request is cancelled
- \`requestId\`
- \`origin\`: \`"local"\` or \`"federation"\`
- \`deadline\`: when the homeserver gives the request up, in milliseconds since the epoch

The homeserver may leave the context out. \`MaybePromise<T>\` is a \`T\` or a promise of one: always \`await\` it. \`ligand\` exports the other
types.

The column **who may see it** says how much of an argument may be written down. Members of an event have their own classes.

- \`public\`: all of it
- \`personal\`: it says who someone is, or where
- \`body\`: it's what users wrote
- \`secret\`: never written down; no log shows it

A callback costs what it looks at: arguments that no callback declares are neither loaded nor sent to another process. Decorators
take options that narrow it further; see [Writing a module](writing-a-module.md#ask-for-what-you-need).

- A hook about an event takes \`types\` (\`EventOptions\`).
- A hook with the state of a room takes \`state\` (\`StateOptions\`).
- A hook with both takes both (\`CallbackOptions\`).

### Result

The hook's **strategy** turns the answers into one result, and says when later callbacks aren't called. If a hook has no callbacks, the
result is the same as if no callback had an opinion.

${definitions(strategies())}

Each hook says what a callback may answer. If the answer is an array such as \`[true, null]\`, declare the method's return type
(\`: EventAllowed\`, \`: AuthResult | null\`, \`: Renewal\`). Otherwise TypeScript infers an array of any length.

A **deprecated** answer works, with one warning in the log for each callback, but it's a compile error in TypeScript.

An answer that the hook doesn't accept is logged too, with what was found. What happens next depends on what the hook expects:

- a verdict: the answer denies.
- true or false: it counts as the strategy says.
- something that nothing can replace: it's an error.
- anything else: it counts as no answer.

### On an error

When a callback throws, the hook's **failure policy** says what happens to the operation. The log names the module, the hook and
the request.

${definitions(
  glossary(
    hooks.map(({ failure }) => failure),
    FAILURES,
  ),
)}

### On cancellation

A request can be cancelled while a callback runs: its \`signal\` is aborted.

- With a **shield**, the hook waits until that callback settles. It then always throws the cancellation, whatever the callback
  answered.
- Without a shield, the hook continues, and callbacks notice the cancellation only through the \`signal\`.

A cancellation is a \`CancelledError\`.

### Reference name and status

Each hook behaves like Synapse's, and Synapse's documentation applies. This page gives Synapse's name for it ("reference name") and
the version of Synapse that introduced it. The **status** is Synapse's too:

${definitions(
  glossary(
    hooks.map(({ status }) => status),
    STATUSES,
  ),
)}

## Categories

${table(
  ["category", "property of `host.hooks`", "hooks", "what it is about"],
  categories.map(({ category, property, summary, hooks: own }) => [
    `[${category}](${anchor(category)})`,
    `\`${property}\``,
    String(own.length),
    summary,
  ]),
)}

${categories.map((category) => categorySection(category, signatures)).join("\n\n")}
`;
}

/** Each strategy once, with what it makes of the answers. */
function strategies() {
  const declared = Object.values(CATALOGUE).flatMap((category) => Object.values(category.hooks));
  return new Map(declared.map(({ strategy: { name, summary } }) => [name, summary]));
}

const FAILURES = {
  "the error reaches the operation":
    "The homeserver gets the error as it is, and later callbacks aren't called. A `MatrixError` has the status and code for the client; any other error fails the request.",
  "`MatrixError` passes; another error becomes `ModuleFailedError` (500)":
    "A `MatrixError` is meant for the client, so it's thrown as it is. So is a cancellation. Any other error is wrapped. Later callbacks aren't called.",
  "`MatrixError` passes; another error becomes 403 `M_UNKNOWN`; cancellation too":
    "Throwing refuses the operation, with the `MatrixError` that was thrown, or with 403 `M_UNKNOWN`. Later callbacks aren't called.",
  "logged, next callback":
    "The error is logged, the callback counts as having no opinion, and the next one is called. A cancellation is thrown to the homeserver.",
  "logged, next callback; cancellation too":
    "As above, but a cancellation counts like any other error. Nothing that a callback does can fail the operation.",
  "every error but a cancellation becomes 500 `M_UNKNOWN`":
    "The error is logged, and 500 `M_UNKNOWN` is thrown instead of it, even if it's a `MatrixError`. Later callbacks aren't called. A cancellation is thrown as it is.",
};

const STATUSES = {
  stable: "You can rely on it.",
  experimental: "May change in a later version of Synapse.",
  deprecated: "Still called; its summary names what replaces it.",
  legacy: "Kept for one purpose. Only one module may register it.",
};

function categorySection(ofCategory, signatures) {
  const { category, property, summary, since, hooks } = ofCategory;
  return `## ${category}

${summary} Since ${since}. Decorators: \`@${category}.…\`; for the homeserver: \`host.hooks.${property}\`.

${table(
  ["hook", "reference name", "since", "status", "result", "on an error", "shield"],
  hooks.map(({ hook, referenceName, since: version, status, strategy, failure, shield }) => [
    `[\`${hook}\`](${anchor(hook)})`,
    `\`${referenceName}\``,
    version,
    status,
    strategy,
    failure,
    shield ? "yes" : "no",
  ]),
)}

${hooks.map((hook) => hookSection(ofCategory, hook, signatures.get(`${property}.${hook.hook}`))).join("\n\n")}`;
}

function hookSection(
  { category, property, members },
  { hook, summary, parameters, answers, rules, refusal, method },
  types,
) {
  if (!types) throw new Error(`the compiled catalogue has no types of ${property}.${hook}`);
  const callback = `@${category}.${hook}(${types.given.slice(1, -1)})\ncallback(${withContext(types.args, "context")}): ${types.answer}`;
  const asked = method
    ? `${method}(${withContext(types.hostArgs, "context?")}): ${types.result}`
    : membersOf(members)
        .map((member) => `host.hooks.${property}.${member}`)
        .join("\n");
  return `### ${hook}

${sentence(summary)}

\`\`\`ts signature
${callback}

${asked}
\`\`\`

${table(
  ["argument", "what it holds", "who may see it"],
  parameters.map(({ name, summary: text, privacy, lent, lazy, option }) => [
    `\`${name}\``,
    [
      text,
      ...(option === "types" ? ["`types` in the decorator selects the types"] : []),
      ...(option === "state" ? ["`state` in the decorator selects the part"] : []),
      ...(lazy ? ["the homeserver may pass a function that loads it"] : []),
      ...(lent ? ["usable until the callback answers"] : []),
    ].join("; "),
    classesOf(privacy).join(", "),
  ]),
)}

${[`legal answers: ${answers}`, ...(refusal ? [refusalLine(refusal)] : []), ...rules].map((text) => `- ${sentence(text)}`).join("\n")}`;
}

/** The classes that a value or its members have. */
function classesOf(privacy) {
  if (typeof privacy === "string") return [privacy];
  return [...new Set(Object.values(privacy).flatMap(classesOf))];
}

function refusalLine({ effect, onlyWhenNamed }) {
  return `if its modules can't be asked, it can refuse: ${effect}${onlyWhenNamed ? "; only if the hook itself is named" : ""}`;
}

function withContext(args, name) {
  return [args.slice(1, -1), `${name}: HookContext`].filter(Boolean).join(", ");
}

function definitions(entries) {
  return Array.from(entries, ([name, text]) => `- **${name}**: ${text}`).join("\n");
}
