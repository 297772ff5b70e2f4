import type { Host } from "../../container/host.js";
import type { DecisionRecord } from "../../decisions/decision-record.js";
import { DecisionRows, DecisionTable } from "./decision-rows.js";
import { chainsWithCallbacks } from "./hooks-page.js";
import { Page, To, Wide } from "./layout.js";
import { Code, Count, Text } from "./pieces.js";

/** What a callback in shadow would have changed. The order is that of the columns. */
const RESULTS = ["unchanged", "refuses", "allows", "changes", "failed", "stopped", "skipped"] as const;

interface ShadowPageProps {
  host: Host;
  /** The latest decisions that a callback in shadow would have made otherwise. */
  records: readonly DecisionRecord[];
}

/** What the answers of callbacks in shadow would have changed. */
export function ShadowPage({ host, records }: ShadowPageProps) {
  const rows = chainsWithCallbacks(host).flatMap(({ name: hook, plan }) =>
    plan.meter.read().flatMap(({ shadow = new Map<string, number>() }, index) => {
      const callback = plan.callbacks[index]!;
      return callback.shadow ? [{ hook, module: callback.module.id, callback: callback.name, shadow }] : [];
    }),
  );
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
        <Wide name="Differences">
          <table>
            <thead>
              <tr>
                <th scope="col">Module</th>
                <th scope="col">Hook</th>
                <th scope="col">Callback</th>
                {RESULTS.map((result) => (
                  <th scope="col">{result}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ hook, module, callback, shadow }) => (
                <tr>
                  <th scope="row">
                    <To path={`/decisions?module=${encodeURIComponent(module)}`}>
                      <Text of={module} />
                    </To>
                  </th>
                  <td>
                    <To path={`/hooks/${encodeURIComponent(hook)}`}>
                      <Text of={hook} />
                    </To>
                  </td>
                  <td>
                    <Code of={callback} />
                  </td>
                  {RESULTS.map((result) => (
                    <td class="number">
                      <Count of={shadow.get(result) ?? 0} />
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      {records.length > 0 && (
        <>
          <h2>The latest decisions that would be others</h2>
          <DecisionTable>
            <tbody>
              <DecisionRows records={records} />
            </tbody>
          </DecisionTable>
        </>
      )}
    </Page>
  );
}
