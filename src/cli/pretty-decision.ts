import type { CallbackRecord, DecisionRecord, ReadRecord } from "../decisions/decision-record.js";
import { deciderOf, failedIn, type Decider } from "../decisions/decision-result.js";
import { cameText, notAskedText, shadowText, shortText, subjectText } from "../decisions/recorded-text.js";
import { visible } from "../errors/visible.js";
import { count } from "./count.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";

/** A decision for people: what was asked, what came of it, who was asked and who wasn't. */
export function prettyDecision(record: DecisionRecord, paint: Paint, width?: number): string {
  const { id, time, hook, about, args, callbacks, origin, requestId, result, error, ms, revision, truncated } = record;
  const { room, user, event } = about;
  const subject = [
    ...(user === undefined ? [] : [`user ${subjectText(user)}`]),
    ...(room === undefined ? [] : [`room ${subjectText(room)}`]),
    ...(event === undefined ? [] : [`event ${subjectText(event)}`]),
  ];
  const decider = deciderOf(callbacks);
  const failed = failedIn(record);
  const facts: [string, string | undefined][] = [
    ["about", subject.join(", ") || undefined],
    ["request", requestOf(origin, requestId)],
    ["result", cameText({ result, error })],
    ["decided", decider ? `by ${nameOfCallback(decider)}` : "by no module alone"],
    ["failed", failed.map(nameOfCallback).join(", ") || undefined],
    ["took", ms === undefined ? undefined : `${ms} ms`],
    ["with", `revision ${revision} of the configuration`],
    ["cut", truncated && `${truncated.map((each) => visible(each)).join(", ")}: the record would have been too large`],
  ];
  return [
    `${paint("bold", visible(hook))}  ${visible(time)}  ${paint("dim", visible(id))}\n`,
    table(
      facts.flatMap(([label, text]) => (text === undefined ? [] : [[paint("dim", label), text]])),
      "  ",
      width,
    ),
    ...(args.length > 0 ? [`  ${paint("dim", "asked with")}\n`, list(args.map((arg) => shortText(arg)))] : []),
    `  ${paint("dim", callbacks.length > 0 ? `${count(callbacks.length, "callback")}, in order` : "no callbacks")}\n`,
    ...callbacks.map((callback, index) => prettyCallback(callback, index, paint)),
  ].join("");
}

function prettyCallback(callback: CallbackRecord, index: number, paint: Paint): string {
  const { mode, decided, ms, shadow, reads = [], changed = {} } = callback;
  const notes = [
    ...(ms === undefined ? [] : [`${ms} ms`]),
    ...(decided ? [paint("bold", "decided")] : []),
    ...(mode === "shadow" ? [`in shadow${shadow === undefined ? "" : `: ${shadowText(shadow)}`}`] : []),
  ];
  return [
    `    ${paint("dim", `${index + 1}.`)} ${nameOfCallback(callback)}  ${cameOf(callback)}${notes.length > 0 ? paint("dim", `  (${notes.join("; ")})`) : ""}\n`,
    ...Object.entries(changed).map(
      ([position, value]) => `       changed argument ${Number(position) + 1} to ${shortText(value)}\n`,
    ),
    ...reads.map((read) => `       ${prettyRead(read)}\n`),
  ].join("");
}

function cameOf({ notAsked, answer, error }: CallbackRecord): string {
  if (notAsked) return `not asked: ${notAskedText(notAsked)}`;
  return cameText({ result: answer, error });
}

function prettyRead({ service, args, answer, error, acts }: ReadRecord): string {
  const came = answer === undefined && !error ? "" : ` → ${cameText({ result: answer, error })}`;
  return `${acts ? "called" : "read"} ${visible(service)}(${args.map((arg) => shortText(arg)).join(", ")})${came}`;
}

export function nameOfCallback({ module, callback }: Decider): string {
  return `${visible(module)} (${visible(callback)})`;
}

function requestOf(origin: string | undefined, requestId: string | undefined): string | undefined {
  if (origin === undefined && requestId === undefined) return undefined;
  const from = origin === "federation" ? "of another homeserver" : origin === "local" ? "of a client" : "";
  return [requestId === undefined ? "" : visible(requestId), from].filter(Boolean).join(" ");
}

function list(texts: readonly string[]): string {
  return texts.map((text) => `    ${text}\n`).join("");
}
