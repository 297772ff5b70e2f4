import type { CallbackRecord, DecisionRecord, ErrorRecord, ReadRecord } from "../../decisions/decision-record.js";
import { deciderOf, hookNamed, resultOf } from "../../decisions/decision-result.js";
import {
  cameText,
  errorKind,
  notAskedText,
  recordedText,
  shadowText,
  shortText,
  subjectText,
} from "../../decisions/recorded-text.js";
import type { Parameter } from "../../hooks/parameter.js";

import { Page, To, Wide } from "./layout.js";
import { Badge, Bar, Block, Code, Milliseconds, Moment, ResultBadge, Text } from "./pieces.js";

/** One decision: every answer, how long each took, and what the callbacks read. */
export function DecisionPage({ record }: { record: DecisionRecord }) {
  const { id, hook, args, callbacks, result, error, truncated } = record;
  const decider = deciderOf(callbacks);
  const reading = callbacks.filter(({ reads = [] }) => reads.length > 0);
  const parameters = (hookNamed(hook)?.parameters ?? []) as readonly Parameter[];
  return (
    <Page title={`Decision ${id}`} here="/decisions">
      <p class="lead">
        <ResultBadge result={resultOf(record)} /> <To path={`/hooks/${encodeURIComponent(hook)}`}>{hook}</To>
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
      <Facts record={record} />
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

function Facts({ record }: { record: DecisionRecord }) {
  const { time, origin, requestId, about, ms, revision } = record;
  const facts: readonly (readonly [string, unknown])[] = [
    ["Time", <Moment at={time} />],
    ["Took", <Milliseconds of={ms} />],
    ["User", about.user !== undefined && <Code of={subjectText(about.user)} />],
    ["Room", about.room !== undefined && <Code of={subjectText(about.room)} />],
    ["Event", about.event !== undefined && <Code of={subjectText(about.event)} />],
    ["Request", requestId !== undefined && <Code of={requestId} />],
    ["Caused by", origin && (origin === "local" ? "a client of this homeserver" : "another homeserver")],
    ["Configuration", `revision ${revision}`],
  ];
  return (
    <dl class="facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== false)
        .map(([name, value]) => (
          <div>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function Callbacks({ callbacks }: { callbacks: readonly CallbackRecord[] }) {
  const longest = Math.max(0, ...callbacks.map(({ ms = 0 }) => ms));
  return (
    <Wide name="Callbacks, in order">
      <table>
        <thead>
          <tr>
            <th scope="col">Place</th>
            <th scope="col">Module</th>
            <th scope="col">Callback</th>
            <th scope="col">Answer</th>
            <th scope="col">Took</th>
          </tr>
        </thead>
        <tbody>
          {callbacks.map((each, index) => (
            <tr>
              <td class="number">{index + 1}</td>
              <th scope="row">
                <Text of={each.module} />
                {each.mode === "shadow" && <span class="dim"> (shadow)</span>}
              </th>
              <td>
                <Code of={each.callback} />
              </td>
              <td class="why">
                <Answer callback={each} />
              </td>
              <td class="took">
                {each.notAsked === undefined && (
                  <>
                    {each.ms !== undefined && <Bar ms={each.ms} longest={longest} />} <Milliseconds of={each.ms} />
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Wide>
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
