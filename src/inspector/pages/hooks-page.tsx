import { partsOfHost, type Host } from "../../container/host.js";
import { declaredHook } from "../../catalogue/declared-hooks.js";
import type { Chain } from "../../dispatch/chain.js";
import type { ChainCallback } from "../../hooks/contribution.js";
import type { CallbackMetrics } from "../../dispatch/counters.js";
import type { Decided, Tally } from "../feed/tally.js";
import { HookName, Page, To, ToHook } from "./layout.js";
import { Code, Facts, milliseconds, ModuleName, Moment } from "./pieces.js";
import { countColumn, Table, type Column } from "./table.js";

const HOOKS: readonly Column<Chain>[] = [
  { title: "Hook", kind: "row", cell: ({ name }) => <ToHook of={name} /> },
  {
    title: "Callbacks, in order",
    cell: ({ plan }) =>
      plan.callbacks.map(({ module, shadow }, index) => (
        <>
          {index > 0 && " → "}
          <ModuleName of={module.id} inShadow={shadow} />
        </>
      )),
  },
  countColumn("Calls of the first", ({ plan }) => plan.meter.read()[0]?.calls ?? 0),
];

/** The hooks that modules registered. */
export function HooksPage({ host }: { host: Host }) {
  const chains = chainsWithCallbacks(host);
  return (
    <Page title="Hooks" here="/hooks">
      {chains.length === 0 ? <p>No module registers a hook.</p> : <Table name="Hooks" columns={HOOKS} rows={chains} />}
    </Page>
  );
}

/** A callback of a hook, and what it has done. */
interface CallbackRow extends ChainCallback, Decided {
  /** From 1. */
  readonly place: number;
  readonly metrics: CallbackMetrics;
}

const CALLBACKS: readonly Column<CallbackRow>[] = [
  { title: "Place", kind: "number", cell: ({ place }) => place },
  {
    title: "Module",
    kind: "row",
    cell: ({ module, shadow }) => <ModuleName of={module.id} inShadow={shadow} />,
  },
  { title: "Callback", cell: ({ name }) => <Code of={name} /> },
  countColumn("Calls", ({ shadow, metrics }) => (shadow ? shadowCalls(metrics) : metrics.calls)),
  countColumn("Decided", ({ decided }) => decided),
  countColumn("Refused", ({ refused }) => refused),
  countColumn("Failures", ({ metrics }) => metrics.failures),
  countColumn("Time-outs", ({ metrics }) => metrics.timeouts),
  countColumn("Not asked", ({ metrics }) => metrics.notAsked),
  timeColumn("Average", ({ sum, count }) => sum / count),
  timeColumn("Slowest", ({ max }) => max),
];

/** The chain of a hook, and who decides how often. */
export function HookPage({ chain, tally }: { chain: Chain; tally: Tally }) {
  const { name, plan } = chain;
  const declared = declaredHook(name)?.hook;
  const metrics = plan.meter.read();
  const rows = plan.callbacks.map((callback, index) => ({
    ...callback,
    ...tally.ofCallback(name, callback.module.id, callback.name),
    place: index + 1,
    metrics: metrics[index]!,
  }));
  return (
    <Page title={name} heading={<HookName of={name} />} here="/hooks">
      {declared && <p>{declared.summary}</p>}
      {declared && (
        <Facts
          of={[
            ["Answers", declared.strategy.name],
            ["When a callback fails", declared.failure.name],
          ]}
        />
      )}
      <h2>Callbacks, in order</h2>
      <Table name="Callbacks, in order" columns={CALLBACKS} rows={rows} />
      <p class="dim">
        Calls are counted since the modules started; who decided, since <Moment at={tally.since} />.
      </p>
      <p>
        <To path={`/decisions?hook=${encodeURIComponent(name)}`}>Decisions of this hook</To>
      </p>
    </Page>
  );
}

/** @param seconds of the calls that were timed */
function timeColumn(
  title: string,
  seconds: (durations: NonNullable<CallbackMetrics["durations"]>) => number,
): Column<CallbackRow> {
  return {
    title,
    kind: "number",
    cell: ({ metrics: { durations } }) => (durations ? milliseconds(1000 * seconds(durations)) : "–"),
  };
}

function shadowCalls({ shadow }: CallbackMetrics): number {
  return [...(shadow?.values() ?? [])].reduce((sum, count) => sum + count, 0);
}

/** The chains of the host that ask something, in the order of the catalogue. */
export function chainsWithCallbacks(host: Host): readonly Chain[] {
  return [...partsOfHost(host).dispatch.chains].filter(({ plan }) => plan.callbacks.length > 0);
}
