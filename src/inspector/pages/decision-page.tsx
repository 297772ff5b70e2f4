import type { CallbackRecord, DecisionRecord, ErrorRecord, ReadRecord } from "../../decisions/decision-record.js";
import { declaredHook } from "../../catalogue/declared-hooks.js";
import type { Parameter } from "../../hooks/parameter.js";
import { deciderOf, resultOf } from "../../decisions/decision-result.js";
import { Page, ToHook } from "./layout.js";
import { Badge, Bar, Block, Code, Facts, Milliseconds, ModuleName, Moment, ResultBadge, Text } from "./pieces.js";
import {
  cameText,
  errorKind,
  notAskedText,
  recordedText,
  shadowText,
  shortText,
  subjectText,
} from "../../decisions/recorded-text.js";
import { Table, type Column } from "./table.js";

/** One decision: every answer, how long each took, and what the callbacks read. */
export function DecisionPage({ record }: { record: DecisionRecord }) {
  const { id, hook, args, callbacks, result, error, truncated } = record;
  const decider = deciderOf(callbacks);
  const reading = callbacks.filter(({ reads = [] }) => reads.length > 0);
  const parameters = (declaredHook(hook)?.hook.parameters ?? []) as readonly Parameter[];
  return (
    <Page title={`Decision ${id}`} here="/decisions">
      <p class="lead">
        <ResultBadge result={resultOf(record)} /> <ToHook of={hook} />
        {decider && (
          <>
            , decided by{" "}
            <strong>
              <Text of={decider.module} />
            </strong>{" "}
            (<Code of={decider.callback} />)
          </>
        )}
      </p>
      <Facts of={factsOf(record)} />
      <h2>Callbacks, in order</h2>
      <Callbacks callbacks={callbacks} />
      {reading.length > 0 && <h2>What callbacks read</h2>}
      {reading.map(({ module, callback, reads = [] }) => (
        <Reads of={`${module} (${callback})`} reads={reads} />
      ))}
      <h2>Result</h2>
      {error ? <Thrown error={error} /> : <Block name="Result" of={recordedText(result)} />}
      <h2>Arguments</h2>
      {args.map((argument, position) => (
        <>
          <h3>
            <Code of={parameters[position]?.name ?? `argument ${position + 1}`} />
          </h3>
          <Block name={parameters[position]?.name ?? `argument ${position + 1}`} of={recordedText(argument)} />
        </>
      ))}
      {truncated && <p>Cut, because the record would have been too large: {truncated.join(", ")}</p>}
    </Page>
  );
}

function factsOf({ time, origin, requestId, about: { user, room, event }, ms, revision }: DecisionRecord) {
  return [
    ["Time", <Moment at={time} />],
    ["Took", <Milliseconds of={ms} />],
    ["User", user !== undefined && <Code of={subjectText(user)} />],
    ["Room", room !== undefined && <Code of={subjectText(room)} />],
    ["Event", event !== undefined && <Code of={subjectText(event)} />],
    ["Request", requestId !== undefined && <Code of={requestId} />],
    ["Caused by", origin && (origin === "local" ? "a client of this homeserver" : "another homeserver")],
    ["Configuration", `revision ${revision}`],
  ] as const;
}

/** A callback of a decision, and where it stands. */
interface CallbackRow extends CallbackRecord {
  /** From 1. */
  readonly place: number;
  /** How long the slowest of all callbacks took, in milliseconds. */
  readonly longest: number;
}

const COLUMNS: readonly Column<CallbackRow>[] = [
  { title: "Place", kind: "number", cell: ({ place }) => place },
  {
    title: "Module",
    kind: "row",
    cell: ({ module, mode }) => <ModuleName of={module} inShadow={mode === "shadow"} />,
  },
  { title: "Callback", cell: ({ callback }) => <Code of={callback} /> },
  { title: "Answer or error", kind: "why", cell: (row) => <Answer callback={row} /> },
  { title: "Took", cell: (row) => row.notAsked === undefined && <Took of={row} /> },
];

function Callbacks({ callbacks }: { callbacks: readonly CallbackRecord[] }) {
  const longest = Math.max(0, ...callbacks.map(({ ms = 0 }) => ms));
  const rows = callbacks.map((callback, index) => ({ ...callback, place: index + 1, longest }));
  return <Table name="Callbacks, in order" columns={COLUMNS} rows={rows} />;
}

function Took({ of: { ms, longest } }: { of: CallbackRow }) {
  return (
    <span class="whole">
      {ms !== undefined && <Bar ms={ms} longest={longest} />} <Milliseconds of={ms} />
    </span>
  );
}

function Answer({ callback }: { callback: CallbackRecord }) {
  const { notAsked, answer, error, decided, shadow, changed = {} } = callback;
  if (notAsked !== undefined) return <span class="dim">not asked: {notAskedText(notAsked)}</span>;
  return (
    <>
      {decided && <Badge kind="good">decided</Badge>} {error && <Thrown error={error} />}
      {!error && <code>{cameText({ result: answer }, 500)}</code>}
      {shadow !== undefined && <p>In shadow: {shadowText(shadow)}</p>}
      {Object.keys(changed).length > 0 && (
        <p>
          Changed argument{" "}
          {Object.keys(changed)
            .map((position) => Number(position) + 1)
            .join(", ")}
        </p>
      )}
    </>
  );
}

function Thrown({ error }: { error: ErrorRecord }) {
  return (
    <span class="error">
      threw <Text of={errorKind(error)} />: <Text of={error.message} />
    </span>
  );
}

function Reads({ of, reads }: { of: string; reads: readonly ReadRecord[] }) {
  return (
    <details>
      <summary>
        <Text of={of} />: {reads.length}
      </summary>
      <ol>
        {reads.map(({ service, args, answer, error, acts }) => (
          <li>
            <code>{`${service}(${args.map((argument) => shortText(argument)).join(", ")})`}</code>
            {acts && <span class="dim"> changes something</span>}{" "}
            {error ? <Thrown error={error} /> : <Block name={`answer of ${service}`} of={recordedText(answer)} />}
          </li>
        ))}
      </ol>
    </details>
  );
}
