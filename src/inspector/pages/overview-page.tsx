import { partsOfHost, runningOf, type Host } from "../../container/host.js";
import type { ModuleHealth, ModuleState } from "../../container/health.js";
import { describeChanges } from "../../container/reloads.js";
import type { Tally } from "../feed/tally.js";
import { Page, To, Wide } from "./layout.js";
import { Badge, Code, Count, milliseconds, Moment, Text } from "./pieces.js";

const KINDS = {
  running: "good",
  starting: "plain",
  degraded: "warning",
  failed: "bad",
  stopped: "plain",
} as const satisfies Record<ModuleState, string>;

/** How the host and each of its modules is doing. */
export function OverviewPage({ host, tally }: { host: Host; tally: Tally }) {
  const { serverName, reloads } = partsOfHost(host);
  const { revision, modules } = host.health();
  const { ended } = reloads;
  return (
    <Page title="Overview" here="/">
      <dl class="facts">
        {serverName !== "" && (
          <div>
            <dt>Homeserver</dt>
            <dd>
              <Text of={serverName} />
            </dd>
          </div>
        )}
        <div>
          <dt>Configuration</dt>
          <dd>revision {revision}</dd>
        </div>
        <div>
          <dt>Last reload</dt>
          <dd>
            {ended ? (
              <To path="/reload">{ended.changes ? describeChanges(ended.changes) : "refused"}</To>
            ) : (
              "none since the start"
            )}
          </dd>
        </div>
        <div>
          <dt>Decisions</dt>
          <dd>
            <Count of={tally.decisions} /> since <Moment at={tally.since} />
          </dd>
        </div>
      </dl>
      <h2>Modules</h2>
      <Modules host={host} modules={modules} tally={tally} />
      <Problems modules={modules} />
    </Page>
  );
}

function Modules({ host, modules, tally }: { host: Host; modules: readonly ModuleHealth[]; tally: Tally }) {
  if (modules.length === 0) return <p>The configuration lists no modules.</p>;
  const processes = new Map(
    runningOf(host).modules.map(({ info, operate }) => [info.id, operate?.process?.name ?? "main"]),
  );
  return (
    <Wide name="Modules">
      <table>
        <thead>
          <tr>
            <th scope="col">Module</th>
            <th scope="col">Mode</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
            <th scope="col">Process</th>
            <th scope="col">Restarts</th>
            <th scope="col">Calls</th>
            <th scope="col">Refusals</th>
            <th scope="col">Failures</th>
            <th scope="col">Time-outs</th>
            <th scope="col">Not asked</th>
            <th scope="col">Slowest</th>
          </tr>
        </thead>
        <tbody>
          {modules.map(({ id, mode, state, since, restarts, calls, failures, timeouts, notAsked, slowest }) => (
            <tr>
              <th scope="row">
                <To path={`/decisions?module=${encodeURIComponent(id)}`}>
                  <Text of={id} />
                </To>
              </th>
              <td>{mode}</td>
              <td>
                <Badge kind={KINDS[state]}>{state}</Badge>
              </td>
              <td>
                <Moment at={since} />
              </td>
              <td>
                <Text of={processes.get(id) ?? "–"} />
              </td>
              <td class="number">
                <Count of={restarts} />
              </td>
              <td class="number">
                <Count of={calls} />
              </td>
              <td class="number">
                <Count of={tally.ofModule(id).refused} />
              </td>
              <td class="number">
                <Count of={failures} />
              </td>
              <td class="number">
                <Count of={timeouts} />
              </td>
              <td class="number">
                <Count of={notAsked} />
              </td>
              <td>
                {slowest ? (
                  <>
                    {milliseconds(slowest.ms)} <Code of={slowest.callback} />
                  </>
                ) : (
                  <span class="dim">not timed</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
  );
}

function Problems({ modules }: { modules: readonly ModuleHealth[] }) {
  const problems = modules.flatMap(({ id, openBreakers, problems }) => [
    ...problems.map((problem) => ({ id, problem })),
    ...(openBreakers > 0 ? [{ id, problem: `${openBreakers} of its circuit breakers are open` }] : []),
  ]);
  if (problems.length === 0) return <></>;
  return (
    <>
      <h2>Problems</h2>
      <ul>
        {problems.map(({ id, problem }) => (
          <li>
            <strong>
              <Text of={id} />
            </strong>
            : <Text of={problem} />
          </li>
        ))}
      </ul>
    </>
  );
}
