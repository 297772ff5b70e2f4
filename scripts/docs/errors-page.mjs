import { ERRORS } from "../../dist/errors/catalogue.js";
import { table } from "./markdown.mjs";

/** `docs/errors.md`: every code of the error catalogue. */
export function errorsPage() {
  const groups = groupBy(Object.entries(ERRORS), ([code]) => GROUPS.find(({ matches }) => matches.test(code)));
  return `# Errors

Every error that Ligand itself reports has a **code** that begins with \`LIGAND_\`. A code never changes its meaning:
scripts, alerts and tests may match on it. The wording of messages may change.

## Reading an error

- As an exception it is a \`LigandError\`: \`code\` is one of the codes below, \`message\` says what was found and what was
  expected, \`remedy\` says what to do, \`cause\` is the error that led to it, where there is one.
- What is wrong with a configuration or with the modules that it lists is collected, and reported together: a
  \`ConfigError\` or \`StartError\` has the code \`LIGAND_START_FAILED\` and all \`problems\`, each with a code of its own, the
  place (\`file:line:column\`), the path (\`modules[1].config.rules[0].pattern\`), a message and a remedy. \`ligand check\`
  shows the same problems without starting anything.
- Errors that a Matrix client sees are \`MatrixError\`s, with a code of the Matrix protocol such as \`M_FORBIDDEN\`. They are
  not on this page.

${Array.from(groups, ([{ title, prose }, entries]) => section(title, prose, entries)).join("\n\n")}
`;
}

/** By whom an error is met, so that a reader finds it; the first one that matches takes a code. */
const GROUPS = [
  {
    title: "In a configuration file",
    prose: "Found by `ligand check`, and at start-up. The server administrator corrects them in the file.",
    matches: /^LIGAND_CONFIG_|^LIGAND_MODULE_ID_/,
  },
  {
    title: "While modules are loaded",
    prose: "The configuration names something that can't be loaded, or that isn't a module.",
    matches: /^LIGAND_MODULE_(NOT_|IMPORT_|EXPORT_|OTHER_|INJECTION_)/,
  },
  {
    title: "Between the modules of a configuration",
    prose:
      "Each module is right by itself, and a rule of the hooks or of the web paths is broken. Found before anything starts.",
    matches: /^LIGAND_(HOOK_|LOGIN_|WEB_)/,
  },
  {
    title: "While modules start",
    prose: "Start-up ends, and the modules that had started are stopped in reverse order.",
    matches: /^LIGAND_(MODULE_(SERVICE|CONSTRUCTION|START|STOP)_|START_|RELOAD_|RECORD_)/,
  },
  {
    title: "While hooks run",
    prose: "Met by the homeserver, or seen in its log.",
    matches: /^LIGAND_(HOST_STOPPED|CANCELLED|MODULE_FAILED|MODULE_UNAVAILABLE|ANSWER_)/,
  },
  {
    title: "Between processes",
    prose: "Where modules run in a process of their own.",
    matches: /^LIGAND_(REMOTE_|LISTEN_)/,
  },
  {
    title: "In code that uses Ligand",
    prose: "Met by authors of modules and by developers of homeservers.",
    matches: /^LIGAND_/,
  },
];

function section(title, prose, entries) {
  return `## ${title}

${prose}

${table(
  ["code", "what went wrong", "what to do"],
  entries.map(([code, { summary, remedy }]) => [`<a id="${code.toLowerCase()}"></a>\`${code}\``, summary, remedy]),
)}`;
}

/** In the order of the groups. */
function groupBy(entries, groupOf) {
  const groups = new Map(GROUPS.map((group) => [group, []]));
  for (const entry of entries) groups.get(groupOf(entry)).push(entry);
  return new Map(Array.from(groups).filter(([, found]) => found.length > 0));
}
