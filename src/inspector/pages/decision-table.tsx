import type { DecisionRecord } from "../../decisions/decision-record.js";
import { deciderOf, hasFailed, resultOf } from "../feed/result-of.js";
import { HookName, To } from "./layout.js";
import { Milliseconds, Moment, ResultBadge, Text } from "./pieces.js";
import { answerText, subjectText } from "./recorded-text.js";
import { Rows, Table, type Column } from "./table.js";

export const TIME: Column<DecisionRecord> = {
  title: "Time (UTC)",
  kind: "row",
  cell: ({ id, time }) => (
    <To path={`/decisions/${encodeURIComponent(id)}`}>
      <Moment at={time} withDate={false} />
    </To>
  ),
};

/** Whom and what a decision is about. */
export const ABOUT: readonly Column<DecisionRecord>[] = [
  { title: "User", kind: "id", cell: ({ about: { user } }) => user !== undefined && <Text of={subjectText(user)} /> },
  { title: "Room", kind: "id", cell: ({ about: { room } }) => room !== undefined && <Text of={subjectText(room)} /> },
];

const COLUMNS: readonly Column<DecisionRecord>[] = [
  TIME,
  { title: "Result", cell: (record) => <ResultBadge result={resultOf(record)} /> },
  { title: "Hook", kind: "whole", cell: ({ hook }) => <HookName of={hook} /> },
  {
    title: "Decided by",
    cell: (record) => {
      const decider = deciderOf(record);
      return decider ? <Text of={decider.module} /> : <span class="dim">no module</span>;
    },
  },
  { title: "Answer or error", kind: "why", cell: (record) => outcomeOf(record) },
  ...ABOUT,
  { title: "Took", kind: "number", cell: ({ ms }) => <Milliseconds of={ms} /> },
];

/** A list of decisions, to which a page may add those that follow. @param live where it receives them */
export function DecisionTable({ records, live }: { records: readonly DecisionRecord[]; live: string }) {
  const body = { id: "decisions", "data-live": live };
  return <Table name="Decisions, the latest first" columns={COLUMNS} rows={records} body={body} />;
}

/** Rows of that list. */
export function DecisionRows({ records }: { records: readonly DecisionRecord[] }) {
  return <Rows columns={COLUMNS} rows={records} />;
}

/** What a decision came to, or what kept callbacks from having a part in it; nothing for no opinion. */
function outcomeOf(record: DecisionRecord) {
  const { error, result, callbacks } = record;
  if (error) return <Text of={error.errcode ? `${error.errcode}: ${error.message}` : error.message} />;
  const failed = callbacks.filter(hasFailed).map(({ module }) => module);
  const isDecided = deciderOf(record) !== undefined;
  if (!isDecided && failed.length === 0) return undefined;
  return (
    <>
      {isDecided && <code>{answerText(result)}</code>}
      {failed.length > 0 && <span class="dim"> failed: {failed.join(", ")}</span>}
    </>
  );
}
