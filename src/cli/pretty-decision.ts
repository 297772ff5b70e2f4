import type { CallbackRecord, DecisionRecord, ReadRecord } from "../decisions/decision-record.js";
import { count } from "./count.js";
import { escaped, prettyCame, prettyRecorded } from "./pretty-recorded.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";

/** A decision for people: what was asked, what came of it, who was asked and who wasn't. */
export function prettyDecision(record: DecisionRecord, paint: Paint, width?: number): string {
  const { id, time, hook, about, args, callbacks, origin, requestId, result, error, ms, revision, truncated } = record;
  const { room, user, event } = about;
  const subject = [
    ...(user === undefined ? [] : [`user ${nameOf(user)}`]),
    ...(room === undefined ? [] : [`room ${nameOf(room)}`]),
    ...(event === undefined ? [] : [`event ${nameOf(event)}`]),
  ];
  const decider = callbacks.find(({ decided }) => decided);
  const facts: [string, string | undefined][] = [
    ["about", subject.join(", ") || undefined],
    ["request", requestOf(origin, requestId)],
    ["result", prettyCame({ ...(result !== undefined && { result }), ...(error && { error }) })],
    ["decided", decider ? `by ${nameOfCallback(decider)}` : "by no module alone"],
    ["took", ms === undefined ? undefined : `${ms} ms`],
    ["with", `revision ${revision} of the configuration`],
    ["cut", truncated && `${truncated.map(escaped).join(", ")}: the record would have been too large`],
  ];
  return [
    `${paint("bold", escaped(hook))}  ${escaped(time)}  ${paint("dim", escaped(id))}\n`,
    table(
      facts.flatMap(([label, text]) => (text === undefined ? [] : [[paint("dim", label), text]])),
      "  ",
      width,
    ),
    ...(args.length > 0 ? [`  ${paint("dim", "asked with")}\n`, list(args.map(prettyRecorded))] : []),
    `  ${paint("dim", callbacks.length > 0 ? `${count(callbacks.length, "callback")}, in order` : "no callbacks")}\n`,
    ...callbacks.map((callback, index) => prettyCallback(callback, index, paint)),
  ].join("");
}

function prettyCallback(callback: CallbackRecord, index: number, paint: Paint): string {
  const { mode, decided, ms, shadow, reads = [], changed = {} } = callback;
  const notes = [
    ...(ms === undefined ? [] : [`${ms} ms`]),
    ...(decided ? [paint("bold", "decided")] : []),
    ...(mode === "shadow" ? [`in shadow${shadow === undefined ? "" : `: ${SHADOWS[shadow] ?? escaped(shadow)}`}`] : []),
  ];
  return [
    `    ${paint("dim", `${index + 1}.`)} ${nameOfCallback(callback)}  ${cameOf(callback)}${notes.length > 0 ? paint("dim", `  (${notes.join("; ")})`) : ""}\n`,
    ...Object.entries(changed).map(
      ([position, value]) => `       changed argument ${Number(position) + 1} to ${prettyRecorded(value)}\n`,
    ),
    ...reads.map((read) => `       ${prettyRead(read)}\n`),
  ].join("");
}

function cameOf({ notAsked, answer, error }: CallbackRecord): string {
  if (notAsked) return `not asked: ${NOT_ASKED[notAsked] ?? escaped(notAsked)}`;
  return prettyCame({ ...(answer !== undefined && { result: answer }), ...(error && { error }) });
}

function prettyRead({ service, args, answer, error, acts }: ReadRecord): string {
  const came =
    answer === undefined && !error
      ? ""
      : ` → ${prettyCame({ ...(answer !== undefined && { result: answer }), ...(error && { error }) })}`;
  return `${acts ? "called" : "read"} ${escaped(service)}(${args.map(prettyRecorded).join(", ")})${came}`;
}

const SHADOWS: Readonly<Record<string, string>> = {
  unchanged: "it would have changed nothing",
  refuses: "it would have refused",
  allows: "it would have allowed",
  changes: "it would have changed something",
};

const NOT_ASKED: Readonly<Record<string, string>> = {
  types: "its decorator names other types of events",
  options: "the options of its decorator leave this out",
  only: "`only` of its `operate:` leaves this out",
  except: "`except` of its `operate:` leaves this out",
  share: "this isn't in its `share`",
  "circuit breaker": "its circuit breaker was open",
  process: "its process left it out",
  "decided before": "it was decided before",
};

function nameOf(value: unknown): string {
  return typeof value === "string" ? escaped(value) : prettyRecorded(value as never);
}

export function nameOfCallback({ module, callback }: { readonly module: string; readonly callback: string }): string {
  return `${escaped(module)} (${escaped(callback)})`;
}

function requestOf(origin: string | undefined, requestId: string | undefined): string | undefined {
  if (origin === undefined && requestId === undefined) return undefined;
  const from = origin === "federation" ? "of another homeserver" : origin === "local" ? "of a client" : "";
  return [requestId === undefined ? "" : escaped(requestId), from].filter(Boolean).join(" ");
}

function list(texts: readonly string[]): string {
  return texts.map((text) => `    ${text}\n`).join("");
}
