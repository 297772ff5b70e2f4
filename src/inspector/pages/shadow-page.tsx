import type { Host } from "../../container/host.js";
import type { CallbackRecord, DecisionRecord } from "../../decisions/decision-record.js";
import type { ShadowResult } from "../../operate/call-in-shadow.js";
import { differingShadows, resultOf } from "../../decisions/decision-result.js";
import { ABOUT, TIME } from "./decision-table.js";
import { chainsWithCallbacks } from "./hooks-page.js";
import { HookName, Page, ToHook, ToModule } from "./layout.js";
import { Code, ResultBadge, Text } from "./pieces.js";
import { cameText } from "../../decisions/recorded-text.js";
import { countColumn, Table, type Column } from "./table.js";

/** What a callback in shadow would have changed, and the heading of its column, in this order. */
const RESULTS: Readonly<Record<ShadowResult, string>> = {
  unchanged: "Unchanged",
  refuses: "Refuses",
  allows: "Allows",
  changes: "Changes",
  failed: "Failed",
  stopped: "Stopped",
  skipped: "Skipped",
};

interface ShadowRow {
  readonly hook: string;
  readonly module: string;
  readonly callback: string;
  readonly counts: ReadonlyMap<string, number>;
}

const COLUMNS: readonly Column<ShadowRow>[] = [
  { title: "Module", kind: "row", cell: ({ module }) => <ToModule id={module} /> },
  { title: "Hook", cell: ({ hook }) => <ToHook of={hook} /> },
  { title: "Callback", cell: ({ callback }) => <Code of={callback} /> },
  ...Object.entries(RESULTS).map(([result, title]) =>
    countColumn<ShadowRow>(title, ({ counts }) => counts.get(result) ?? 0),
  ),
];

/** A decision that a callback in shadow would have made otherwise. */
interface Difference extends DecisionRecord {
  readonly other: CallbackRecord;
}

const DIFFERENCES: readonly Column<Difference>[] = [
  TIME,
  { title: "Hook", cell: ({ hook }) => <HookName of={hook} /> },
  { title: "Result", cell: (record) => <ResultBadge result={resultOf(record)} /> },
  { title: "In shadow", cell: ({ other }) => <Text of={other.module} /> },
  { title: "What it does", cell: ({ other }) => other.shadow },
  {
    title: "Its answer or error",
    kind: "why",
    cell: ({ other: { error, answer } }) =>
      error ? <Text of={error.message} /> : <code>{cameText({ result: answer }, 120)}</code>,
  },
  ...ABOUT,
];

interface ShadowPageProps {
  host: Host;
  /** The latest decisions that a callback in shadow would have made otherwise. */
  records: readonly DecisionRecord[];
}

/** What the answers of callbacks in shadow would have changed. */
export function ShadowPage({ host, records }: ShadowPageProps) {
  const rows = shadowRows(host);
  const differences = records.flatMap((record) => differingShadows(record).map((other) => ({ ...record, other })));
  return (
    <Page title="Shadow" here="/shadow">
      <p>
        Callbacks in shadow are called beside the others, and decide nothing. This is what their answers would have
        changed.
      </p>
      {rows.length === 0 ? (
        <p>
          No module is in shadow. Write <code>mode: shadow</code> below <code>operate:</code> to try one.
        </p>
      ) : (
        <Table name="What they would have changed" columns={COLUMNS} rows={rows} />
      )}
      {differences.length > 0 && (
        <>
          <h2>The latest differences</h2>
          <Table name="The latest differences" columns={DIFFERENCES} rows={differences} />
        </>
      )}
    </Page>
  );
}

function shadowRows(host: Host): readonly ShadowRow[] {
  return chainsWithCallbacks(host).flatMap(({ name: hook, plan }) =>
    plan.meter.read().flatMap(({ shadow: counts = new Map<string, number>() }, index) => {
      const { shadow, module, name } = plan.callbacks[index]!;
      return shadow ? [{ hook, module: module.id, callback: name, counts }] : [];
    }),
  );
}
