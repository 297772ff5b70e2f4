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

A **hook** is a named question or notification of the homeserver: "is this event spam?", "a user logged in". A **callback**
is a method of a module that answers it. Hooks are grouped in **categories** by what they are about; each category is one
object of decorators for modules, and one property of \`host.hooks\` for the homeserver. This page lists all
${hooks.length} hooks of the ${categories.length} categories; \`ligand hooks\` shows the same on a terminal, and
\`ligand explain homeserver.yaml\` shows which of your modules answer them.

A module answers a hook by decorating a method. The method may be asynchronous unless the hook says otherwise, may have
any name, and may declare fewer parameters than the hook has:

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

The homeserver asks by calling the hook, with the same arguments: \`await host.hooks.spamChecker.checkEventForSpam(event)\`.
The callbacks of all modules are called **one after the other, in the order of the configuration**; those of one module in
the order in which they stand in its class. That list is the hook's chain.

## How to read this page

### Arguments and context

Callbacks receive the arguments in the order listed, and after them a \`HookContext\`: \`signal\` (aborted when the request is
cancelled), \`requestId\`, and \`origin\` (\`"local"\` or \`"federation"\`). The homeserver may leave the context out.
\`MaybePromise<T>\` is a \`T\` or a promise of one: \`await\` it in any case. The other types are exported by \`ligand\`.

**Who may see** an argument says what of it may be written down: \`public\` all of it; \`personal\` says who someone is or where;
\`body\` is what users wrote; \`secret\` is never written, and no log shows it. Of an event, members have classes of their own.

A callback costs what it looks at: arguments that no callback declares are neither loaded nor sent to another process. The
decorator of a hook that is about an event takes \`types\` (\`EventOptions\`), that of a hook with the state of a room takes \`state\`
(\`StateOptions\`), and that of a hook with both takes both (\`CallbackOptions\`); see
[Writing a module](writing-a-module.md#ask-for-what-you-need).

### Result

The hook's **strategy** turns the answers into one result, and says when later callbacks aren't called. A hook without callbacks has
the result that it would have if no callback had an opinion.

${definitions(strategies())}

Each hook says what a callback may answer. For a list, such as \`[true, null]\`, write the return type of the method
(\`: EventAllowed\`, \`: AuthResult | null\`, \`: Renewal\`): TypeScript infers a list of any length otherwise.

A **deprecated** answer works, with one warning in the log for each callback, and is a compile error in TypeScript. An
answer that the hook doesn't accept is logged as well, with what was found. In place of a verdict it denies; in place of true or false it
counts as the strategy says; where nothing can replace it, it's an error; elsewhere it's no answer.

### On an error

When a callback throws, the hook's **failure policy** says what becomes of the operation. The log names the module, the
hook and the request.

${definitions(
  glossary(
    hooks.map(({ failure }) => failure),
    FAILURES,
  ),
)}

### On cancellation

When the request is cancelled (its \`signal\` is aborted) while a callback runs, a hook with a **shield** waits until that
callback has settled, and then always throws the cancellation, whatever the callback answered. Without a shield the hook
goes on: callbacks learn of the cancellation only from the \`signal\`. \`CancelledError\` is the error of a cancellation.

### Reference name and status

Each hook behaves as Synapse's. The page gives Synapse's name of it and the version that introduced it; Synapse's
documentation applies. The **status** is Synapse's:

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
    "The error is thrown to the homeserver as it is, and later callbacks aren't called. A `MatrixError` has the status and code for the client; any other error is a failure of the request.",
  "`MatrixError` passes; another error becomes `ModuleFailedError` (500)":
    "A `MatrixError`, which is meant for the client, and a cancellation are thrown as they are. Any other error is wrapped. Later callbacks aren't called.",
  "`MatrixError` passes; another error becomes 403 `M_UNKNOWN`; cancellation too":
    "Throwing refuses the operation: by the `MatrixError` that was thrown, or by 403 `M_UNKNOWN`. Later callbacks aren't called.",
  "logged, next callback":
    "The error is logged, the callback counts as having no opinion, and the next one is called. A cancellation is thrown to the homeserver.",
  "logged, next callback; cancellation too":
    "As above, and a cancellation counts like any other error. Nothing that a callback does fails the operation.",
  "every error but a cancellation becomes 500 `M_UNKNOWN`":
    "The error is logged, a 500 `M_UNKNOWN` is thrown instead, even of a `MatrixError`, and later callbacks aren't called. A cancellation is thrown as it is.",
};

const STATUSES = {
  stable: "You can rely on it.",
  experimental: "May change with a later version of Synapse.",
  deprecated: "Still called; its summary names what replaces it.",
  legacy: "Kept for one purpose; only one module may register it.",
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
      ...(option === "types" ? ["`types` in the decorator says of which types"] : []),
      ...(option === "state" ? ["`state` in the decorator says which part of it"] : []),
      ...(lazy ? ["the homeserver may give a function that loads it"] : []),
      ...(lent ? ["usable until the callback has answered"] : []),
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
  return `where its modules can't be asked, it can refuse: ${effect}${onlyWhenNamed ? "; only where the hook itself is named" : ""}`;
}

function withContext(args, name) {
  return [args.slice(1, -1), `${name}: HookContext`].filter(Boolean).join(", ");
}

function definitions(entries) {
  return Array.from(entries, ([name, text]) => `- **${name}**: ${text}`).join("\n");
}
