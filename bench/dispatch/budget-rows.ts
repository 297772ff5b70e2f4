import { inFreshProcesses, valuesOf } from "../fresh-process.js";
import { ratioRow, type Row } from "../row.js";
import { spreadOf } from "../statistics.js";

const GROUP = "dispatch: 3 async callbacks and operate:, × without";

/** What the timeouts of callbacks cost, and what the settings of one module cost the hooks of others: each ratio is of a fresh process. */
export async function budgetRows(rounds: number, processes: number): Promise<Row[]> {
  const effort = `${rounds}`;
  const { [effort]: ratios } = await inFreshProcesses(
    new URL("./budget-child.js", import.meta.url),
    [effort],
    processes,
  );
  const row = (name: string, of: string, target: number): Row => ({
    ...ratioRow(GROUP, name, spreadOf(valuesOf(ratios!, of)), target),
    unit: "× without",
  });
  return [row("each has a timeout", "bounded", 1.15), row("another hook's has one", "beside", 1.02)];
}
