import { partsOfHost, type Host } from "../../container/host.js";
import type { Chain } from "../../hooks/chain.js";
import type { ChainCallback } from "../../hooks/contribution.js";
import type { CallbackMetrics } from "../../hooks/counters.js";
import { hookNamed } from "../../decisions/decision-result.js";
import type { Tally } from "../feed/tally.js";
import { Page, To, Wide } from "./layout.js";
import { Code, Count, milliseconds, Moment, Text } from "./pieces.js";

/** The hooks that modules registered. */
export function HooksPage({ host }: { host: Host }) {
  const chains = chainsWithCallbacks(host);
  return (
    <Page title="Hooks" here="/hooks">
      {chains.length === 0 ? (
        <p>No module registers a hook.</p>
      ) : (
        <Wide name="Hooks">
          <table>
            <thead>
              <tr>
                <th scope="col">Hook</th>
                <th scope="col">Callbacks, in order</th>
                <th scope="col">Calls of the first</th>
              </tr>
            </thead>
            <tbody>
              {chains.map(({ name, plan }) => (
                <tr>
                  <th scope="row">
                    <To path={`/hooks/${encodeURIComponent(name)}`}>
                      <Text of={name} />
                    </To>
                  </th>
                  <td>
                    {plan.callbacks.map(({ module, shadow }, index) => (
                      <>
                        {index > 0 && " → "}
                        <Text of={module.id} />
                        {shadow && " (shadow)"}
                      </>
                    ))}
                  </td>
                  <td class="number">
                    <Count of={plan.meter.read()[0]?.calls ?? 0} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </Page>
  );
}

/** The chain of a hook, and who decides how often. */
export function HookPage({ chain, tally }: { chain: Chain; tally: Tally }) {
  const { name, plan } = chain;
  const declared = hookNamed(name);
  const { callbacks, meter } = plan;
  const metrics = meter.read();
  return (
    <Page title={name} here="/hooks">
      {declared && <p>{declared.summary}</p>}
      {declared && (
        <dl class="facts">
          <div>
            <dt>Answers</dt>
            <dd>{declared.strategy.name}</dd>
          </div>
          <div>
            <dt>When a callback fails</dt>
            <dd>{declared.failure.name}</dd>
          </div>
        </dl>
      )}
      <h2>Callbacks, in order</h2>
      <Wide name="Callbacks, in order">
        <table>
          <thead>
            <tr>
              <th scope="col">Place</th>
              <th scope="col">Module</th>
              <th scope="col">Callback</th>
              <th scope="col">Calls</th>
              <th scope="col">Decided</th>
              <th scope="col">Refused</th>
              <th scope="col">Failures</th>
              <th scope="col">Time-outs</th>
              <th scope="col">Not asked</th>
              <th scope="col">Average</th>
              <th scope="col">Slowest</th>
            </tr>
          </thead>
          <tbody>
            {callbacks.map((callback, index) => (
              <CallbackRow hook={name} place={index + 1} callback={callback} metrics={metrics[index]!} tally={tally} />
            ))}
          </tbody>
        </table>
      </Wide>
      <p class="dim">
        Calls are counted since the modules started; who decided, since <Moment at={tally.since} />.
      </p>
      <p>
        <To path={`/decisions?hook=${encodeURIComponent(name)}`}>Decisions of this hook</To>
      </p>
    </Page>
  );
}

interface CallbackRowProps {
  hook: string;
  place: number;
  callback: ChainCallback;
  metrics: CallbackMetrics;
  tally: Tally;
}

function CallbackRow({ hook, place, callback: { module, name, shadow }, metrics, tally }: CallbackRowProps) {
  const { calls, failures, timeouts, notAsked, durations } = metrics;
  const { decided, refused } = tally.ofCallback(hook, module.id, name);
  return (
    <tr>
      <td class="number">{place}</td>
      <th scope="row">
        <Text of={module.id} />
        {shadow && <span class="dim"> (shadow)</span>}
      </th>
      <td>
        <Code of={name} />
      </td>
      <td class="number">
        <Count of={shadow ? shadowCalls(metrics) : calls} />
      </td>
      <td class="number">
        <Count of={decided} />
      </td>
      <td class="number">
        <Count of={refused} />
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
      <td class="number">{durations ? milliseconds((1000 * durations.sum) / durations.count) : "–"}</td>
      <td class="number">{durations ? milliseconds(1000 * durations.max) : "–"}</td>
    </tr>
  );
}

function shadowCalls({ shadow }: CallbackMetrics): number {
  return [...(shadow?.values() ?? [])].reduce((sum, count) => sum + count, 0);
}

/** The chains of the host that ask something, in the order of the catalogue. */
export function chainsWithCallbacks(host: Host): readonly Chain[] {
  return [...partsOfHost(host).dispatch.chains].filter(({ plan }) => plan.callbacks.length > 0);
}
