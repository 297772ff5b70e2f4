import type { PropsWithChildren } from "hono/jsx";
import type { DecisionRecord } from "../../decisions/decision-record.js";
import { deciderOf, failedIn, resultOf } from "../../decisions/decision-result.js";
import { cameText, subjectText } from "../../decisions/recorded-text.js";
import { To, Wide } from "./layout.js";
import { Milliseconds, Moment, ResultBadge, Text } from "./pieces.js";

/** A list of decisions, around its rows. */
export function DecisionTable({ children }: PropsWithChildren) {
  return (
    <Wide name="Decisions, the latest first">
      <table>
        <thead>
          <tr>
            <th scope="col">Time (UTC)</th>
            <th scope="col">Result</th>
            <th scope="col">Hook</th>
            <th scope="col">Decided by</th>
            <th scope="col">User</th>
            <th scope="col">Room</th>
            <th scope="col">Took</th>
            <th scope="col">Answer or error</th>
          </tr>
        </thead>
        {children}
      </table>
    </Wide>
  );
}

/** Rows of a list of decisions. */
export function DecisionRows({ records }: { records: readonly DecisionRecord[] }) {
  return (
    <>
      {records.map((record) => (
        <DecisionRow record={record} />
      ))}
    </>
  );
}

function DecisionRow({ record }: { record: DecisionRecord }) {
  const { id, time, hook, about, error, ms, callbacks, result } = record;
  const decider = deciderOf(callbacks);
  const failed = failedIn(record);
  return (
    <tr>
      <td>
        <To path={`/decisions/${encodeURIComponent(id)}`}>
          <Moment at={time} withDate={false} />
        </To>
      </td>
      <td>
        <ResultBadge result={resultOf(record)} />
      </td>
      <td>
        <Text of={hook} />
      </td>
      <td>{decider ? <Text of={decider.module} /> : <span class="dim">no module</span>}</td>
      <td class="cut">{about.user === undefined ? "" : <Text of={subjectText(about.user)} />}</td>
      <td class="cut">{about.room === undefined ? "" : <Text of={subjectText(about.room)} />}</td>
      <td class="number">
        <Milliseconds of={ms} />
      </td>
      <td class="why">
        {error && <Text of={error.errcode ? `${error.errcode}: ${error.message}` : error.message} />}
        {!error && decider && <code>{cameText({ result }, 120)}</code>}
        {failed.length > 0 && !error && (
          <span class="dim"> failed: {failed.map(({ module }) => module).join(", ")}</span>
        )}
      </td>
    </tr>
  );
}
