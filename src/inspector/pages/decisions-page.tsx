import { useContext } from "hono/jsx";
import type { DecisionRecord } from "../../decisions/decision-record.js";
import { MOST_RECENT } from "../../decisions/decisions.js";
import type { DecisionFilter, FilterKey } from "../feed/decision-filter.js";
import { DECISION_RESULTS } from "../../decisions/decision-result.js";
import { DecisionTable } from "./decision-table.js";
import { Base, Page } from "./layout.js";

interface DecisionsPageProps {
  filter: DecisionFilter;
  records: readonly DecisionRecord[];
  /** What may be chosen. */
  hooks: readonly string[];
  modules: readonly string[];
}

/** The latest decisions, and those to come. */
export function DecisionsPage({ filter, records, hooks, modules }: DecisionsPageProps) {
  const base = useContext(Base);
  // Also where there's none yet: the first ones may come before the page asks for those that follow.
  const live = `${base}/decisions/live?${filter.query({ after: records[0]?.id ?? "" })}`;
  const { given } = filter;
  return (
    <Page title="Decisions" here="/decisions">
      <form class="filter" method="get" action={`${base}/decisions`}>
        <Choice name="result" label="Result" options={DECISION_RESULTS} chosen={given.result} />
        <Choice name="module" label="Module asked" options={modules} chosen={given.module} />
        <Choice name="hook" label="Hook" options={hooks} chosen={given.hook} />
        <Entry name="user" label="User" given={given.user} example="@user:server" />
        <Entry name="room" label="Room" given={given.room} example="!room:server" />
        <p>
          <button type="submit">Filter</button> <a href={`${base}/decisions`}>Show all</a>
        </p>
      </form>
      <div class="live">
        <button type="button" id="pause" hidden>
          Pause
        </button>
        <p id="state" role="status">
          Without JavaScript, load the page again to see new decisions.
        </p>
        <p id="rate" class="dim"></p>
      </div>
      <DecisionTable records={records} live={live} />
      <p class="if-empty">
        {filter.isEmpty
          ? "No decision has been made since the inspector was opened."
          : `None of the latest ${MOST_RECENT.toLocaleString("en")} decisions passes the filter.`}
      </p>
    </Page>
  );
}

interface ChoiceProps {
  name: FilterKey;
  label: string;
  options: readonly string[];
  chosen: string | undefined;
}

function Choice({ name, label, options, chosen }: ChoiceProps) {
  const all = chosen === undefined || options.includes(chosen) ? options : [...options, chosen];
  return (
    <label>
      {label}{" "}
      <select name={name}>
        <option value="">any</option>
        {all.map((option) => (
          <option value={option} selected={option === chosen}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

interface EntryProps {
  name: FilterKey;
  label: string;
  given: string | undefined;
  example: string;
}

function Entry({ name, label, given, example }: EntryProps) {
  return (
    <label>
      {label} <input name={name} value={given} placeholder={example} autocomplete="off" />
    </label>
  );
}
