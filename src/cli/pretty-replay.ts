import { deciderOf, type Decider } from "../decisions/decision-result.js";
import { cameText, shortText, subjectText } from "../decisions/recorded-text.js";
import { visible } from "../errors/visible.js";
import type { UnreadLine } from "../replay/read-decisions.js";
import type { ReplayedDecision } from "../replay/replay.js";
import type { ReplaySummary } from "../replay/replay-summary.js";
import { describeUnknown, type Unknown } from "../replay/unknown.js";
import { count } from "./count.js";
import { nameOfCallback } from "./pretty-decision.js";
import { table } from "./table.js";
import type { Paint } from "./terminal.js";

/** A decision that would have been another, for people. */
export function prettyReplayed(
  { record, change, then, now, decidedNow, acts }: ReplayedDecision,
  paint: Paint,
  width?: number,
): string {
  const { id, time, hook, about, callbacks } = record;
  const { user, room, event } = about;
  const subject = [user, room, event].filter((each) => each !== undefined).map((each) => subjectText(each));
  const by = (decider: Decider | undefined) => (decider ? `, by ${nameOfCallback(decider)}` : "");
  const changed = Object.keys(now?.changed ?? {}).map(Number);
  const rows = [
    ...(subject.length > 0 ? [[paint("dim", "about"), subject.join(" ")]] : []),
    [paint("dim", "then"), `${cameText(then)}${by(deciderOf(callbacks))}`],
    [paint("dim", "now"), `${paint(COLOURS[change!], cameText(now!))}${by(decidedNow)}`],
    ...changed.map((position) => [paint("dim", `argument ${position + 1}`), shortText(now!.changed[position])]),
    ...(acts.length > 0 ? [[paint("dim", "would call"), acts.map((each) => visible(each)).join(", ")]] : []),
  ];
  return `${paint("bold", visible(hook))}  ${visible(time)}  ${paint("dim", visible(id))}\n${table(rows, "  ", width)}\n`;
}

const COLOURS = { refuses: "red", allows: "green", changes: "yellow" } as const;

/** The numbers of a replay, for people. */
export function prettySummary(summary: ReplaySummary, paint: Paint, width?: number): string {
  const { decisions, same, differences, different, unknown, unreliable, acts, from, to, isCut } = summary;
  const period = from === undefined || to === undefined ? "" : `, from ${visible(from)} to ${visible(to)}`;
  const rows = [
    ["the same", String(same)],
    [
      "others",
      String(differences),
      `${different.refuses} refused now, ${different.allows} allowed now, ${different.changes} changed`,
    ],
    ...unknown.map(({ reason, count: number, first }) => [
      `unknown: ${reason}`,
      String(number),
      visible(describeUnknown(first)),
    ]),
  ];
  const isWithheld = unknown.some(({ reason }) => reason === "hashed" || reason === "left out");
  const notes = [
    ...(isWithheld
      ? [
          "To replay rules about people and texts, record with `--record-personal whole --record-bodies` for a while (in code, `personal` and `bodies`).",
        ]
      : []),
    ...unreliable.map((each) => `${visible(describeUnknown(each))}: what it would decide otherwise is unknown.`),
    ...(acts.size > 0
      ? [`Not done: ${Array.from(acts, ([name, number]) => `${visible(name)} (${number})`).join(", ")}`]
      : []),
    ...(isCut ? ["The last line is cut: what wrote it was killed."] : []),
  ];
  return [
    `${paint("bold", `${count(decisions, "decision")}${period}`)}\n`,
    table(rows, "  ", width),
    ...notes.map((note) => `${note}\n`),
  ].join("");
}

/** One line of JSON. */
export function replayedData(found: ReplayedDecision | UnreadLine): object {
  const { file, line, unknown } = found;
  const place = { file, line };
  if (!("record" in found)) return { version: 1, kind: "unknown", ...place, unknown: unknownData(unknown!) };
  const { record, change, then, now, decidedNow, acts } = found;
  const { id, time, hook, about, callbacks } = record;
  const decidedThen = deciderOf(callbacks);
  return {
    version: 1,
    kind: change ? "difference" : "unknown",
    id,
    time,
    hook,
    about,
    ...place,
    ...(change && { change }),
    ...(unknown && { unknown: unknownData(unknown) }),
    then: { ...then, ...(decidedThen && { decidedBy: decidedThen }) },
    ...(now && { now: { ...now, ...(decidedNow && { decidedBy: decidedNow }) } }),
    ...(acts.length > 0 && { acts }),
  };
}

/** The last line of JSON. */
export function summaryData(summary: ReplaySummary): object {
  const { decisions, same, different, unknown, unreliable, acts, from, to, isCut } = summary;
  return {
    version: 1,
    kind: "summary",
    decisions,
    same,
    different,
    unknown: Object.fromEntries(unknown.map(({ reason, count: number }) => [reason, number])),
    notReproducible: unreliable.map(unknownData),
    acts: Object.fromEntries(acts),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(isCut && { isCut }),
  };
}

function unknownData(unknown: Unknown): object {
  return { ...unknown, text: describeUnknown(unknown) };
}
