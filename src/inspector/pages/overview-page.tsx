import { partsOfHost, runningOf, type Host } from "../../container/host.js";
import type { ModuleHealth, ModuleState } from "../../container/health.js";
import type { Tally } from "../feed/tally.js";
import { Page, To, ToModule } from "./layout.js";
import { Badge, Code, Count, Facts, milliseconds, Moment, Text } from "./pieces.js";
import { countColumn, Table, type Column } from "./table.js";

const KINDS = {
  running: "good",
  starting: "plain",
  degraded: "warning",
  failed: "bad",
  stopped: "plain",
} as const satisfies Record<ModuleState, string>;

/** A module, and what its health doesn't say. */
interface OverviewRow extends ModuleHealth {
  /** Absent for one that doesn't run. */
  readonly process: string | undefined;
  readonly refused: number;
}

const COLUMNS: readonly Column<OverviewRow>[] = [
  { title: "Module", kind: "row", cell: ({ id }) => <ToModule id={id} /> },
  { title: "Mode", cell: ({ mode }) => mode },
  { title: "State", cell: ({ state }) => <Badge kind={KINDS[state]}>{state}</Badge> },
  { title: "Process", cell: ({ process }) => <Text of={process ?? "–"} /> },
  countColumn("Calls", ({ calls }) => calls),
  countColumn("Refusals", ({ refused }) => refused),
  countColumn("Failures", ({ failures }) => failures),
  countColumn("Time-outs", ({ timeouts }) => timeouts),
  countColumn("Not asked", ({ notAsked }) => notAsked),
  countColumn("Restarts", ({ restarts }) => restarts),
  { title: "Slowest", cell: ({ slowest }) => <Slowest of={slowest} /> },
  { title: "Since", cell: ({ since }) => <Moment at={since} /> },
];

/** How the host and each of its modules is doing. */
export function OverviewPage({ host, tally }: { host: Host; tally: Tally }) {
  const { serverName, reloads } = partsOfHost(host);
  const { state, revision, modules } = host.health();
  const { ended } = reloads;
  const facts = [
    ["Homeserver", serverName !== "" && <Text of={serverName} />],
    [
      "Configuration",
      `revision ${revision}${state === "degraded" ? ": the one that ran last, because the files can't be used" : ""}`,
    ],
    ["Last reload", ended ? <To path="/reload">{ended.outcome}</To> : "none since the start"],
    [
      "Decisions",
      <>
        <Count of={tally.decisions} /> since <Moment at={tally.since} />
      </>,
    ],
  ] as const;
  return (
    <Page title="Overview" here="/">
      <Facts of={facts} />
      <h2>Modules</h2>
      {modules.length === 0 ? (
        <p>The configuration lists no modules.</p>
      ) : (
        <Table name="Modules" columns={COLUMNS} rows={rowsOf(host, modules, tally)} />
      )}
      <Problems modules={modules} />
    </Page>
  );
}

function rowsOf(host: Host, modules: readonly ModuleHealth[], tally: Tally): readonly OverviewRow[] {
  const processes = new Map(
    runningOf(host).modules.map(({ info, operate }) => [info.id, operate?.process?.name ?? "main"]),
  );
  return modules.map((module) => ({
    ...module,
    process: processes.get(module.id),
    refused: tally.ofModule(module.id).refused,
  }));
}

function Slowest({ of }: { of: ModuleHealth["slowest"] }) {
  if (!of) return <span class="dim">not timed</span>;
  return (
    <>
      <span class="whole">{milliseconds(of.ms)}</span> <Code of={of.callback} />
    </>
  );
}

function Problems({ modules }: { modules: readonly ModuleHealth[] }) {
  const problems = modules.flatMap(({ id, openBreakers, problems }) => [
    ...problems.map((problem) => ({ id, problem })),
    ...(openBreakers > 0 ? [{ id, problem: breakersText(openBreakers) }] : []),
  ]);
  if (problems.length === 0) return <></>;
  return (
    <>
      <h2>Problems</h2>
      <ul class="problems">
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

function breakersText(open: number): string {
  return open === 1 ? "one of its circuit breakers is open" : `${open} of its circuit breakers are open`;
}
