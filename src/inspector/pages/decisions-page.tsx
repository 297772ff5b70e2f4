import { useContext } from "hono/jsx";
import type { DecisionRecord } from "../../decisions/decision-record.js";
import type { DecisionFilter } from "../feed/decision-filter.js";
import { DECISION_RESULTS } from "../../decisions/decision-result.js";
import { DecisionRows, DecisionTable } from "./decision-rows.js";
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
  const after = records[0]?.id;
  const live = `${base}/decisions/live?${filter.query(after === undefined ? {} : { after })}`;
  return (
    <Page title="Decisions" here="/decisions">
      <form class="filter" method="get" action={`${base}/decisions`}>
        <Choice name="result" label="Result" options={DECISION_RESULTS} chosen={filter.result} />
        <Choice name="module" label="Module asked" options={modules} chosen={filter.module} />
        <Choice name="hook" label="Hook" options={hooks} chosen={filter.hook} />
        <label>
          User <input name="user" value={filter.user} placeholder="@user:server" autocomplete="off" />
        </label>
        <label>
          Room <input name="room" value={filter.room} placeholder="!room:server" autocomplete="off" />
        </label>
        <button type="submit">Filter</button>
        <a href={`${base}/decisions`}>Show all</a>
      </form>
      <div class="live">
        <button type="button" id="pause" hidden>
          Pause
        </button>
        <p id="state" role="status">
          Without JavaScript, load the page again to see new decisions.
        </p>
      </div>
      <DecisionTable>
        <tbody id="decisions" data-live={live}>
          <DecisionRows records={records} />
        </tbody>
      </DecisionTable>
    </Page>
  );
}

interface ChoiceProps {
  name: string;
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
