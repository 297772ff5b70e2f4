// The measured table of docs/should-i.md, from the recorded runs of bench/synapse. The rest of the page is written by hand.
import { readFileSync } from "node:fs";
import { table, withParts } from "./markdown.mjs";

const RUNS = ["results", "large-rooms", "unsigned"];
const SQLITE = "PUT …/send, SQLite: processor time";
const ALTERNATIVE = "synapse-http-antispam: added";
const BRIDGE = "the bridge, 1 TypeScript module: added";
const PYTHON = "a Python module: added";
const LARGE = "PUT …/send in a room of 5,000 members, 8 at a time: processor time";
const MESSAGES = "GET …/messages of 100 events: processor time";

/** The page, with its measured parts as the recorded runs have them. */
export function shouldIPage() {
  const rows = RUNS.flatMap((run) => JSON.parse(readFileSync(`bench/synapse/${run}.json`, "utf8")).rows);
  const value = (group, name) => {
    const row = rows.find((one) => one.group === group && one.name === name);
    if (!row) throw new Error(`bench/synapse has no row "${name}" in "${group}"; adapt scripts/docs/should-i-page.mjs`);
    return row.value;
  };
  const added = (group, base, name) => value(group, base) + value(group, name);
  const times = (name) => value(LARGE, "a Python module") * (name ? value(LARGE, name) : 1);
  const costs = table(
    ["what Synapse does", "without a module", "with one in Python", "in TypeScript"],
    [
      [
        "takes a message, `check_event_for_spam`",
        ms(value(SQLITE, "no module")),
        ms(added(SQLITE, "no module", PYTHON)),
        ms(added(SQLITE, "no module", BRIDGE)),
      ],
      [
        "the same with `synapse-http-antispam`",
        ms(value(SQLITE, "no module")),
        "",
        ms(added(SQLITE, "no module", ALTERNATIVE)),
      ],
      [
        "takes a message in a room of 5,000 members, `check_event_allowed` and `on_new_event`, which look at the event",
        ms(times("no module, as a multiple of it")),
        ms(times()),
        ms(times("modules of one parameter, as a multiple of it")),
      ],
      [
        "the same, and they look at the whole state of the room",
        ms(times("no module, as a multiple of it")),
        ms(times()),
        ms(times("the whole state, as a multiple of it")),
      ],
      [
        "shows 100 messages, `add_field_to_unsigned_callback` for each",
        ms(value(MESSAGES, "no module")),
        ms(added(MESSAGES, "no module", PYTHON)),
        ms(added(MESSAGES, "no module", "a module of all types: added")),
      ],
    ],
  );
  return withParts(readFileSync("docs/should-i.md", "utf8"), { costs });
}

/** Two digits are what such measurements are worth; three below 200. */
function ms(milliseconds) {
  const digits = milliseconds < 200 ? 0 : -1;
  const factor = 10 ** digits;
  return `${Math.round(milliseconds * factor) / factor} ms`;
}
