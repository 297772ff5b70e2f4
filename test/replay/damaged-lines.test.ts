import { expect } from "chai";
import { prettyDecision } from "#src/cli/pretty-decision.js";
import { prettyReplayed, prettySummary, replayedData } from "#src/cli/pretty-replay.js";
import type { DecisionRecord } from "#src/decisions/decision-record.js";
import { resultOf } from "#src/decisions/decision-result.js";
import { findDecisions } from "#src/replay/find-decisions.js";
import { readDecisions } from "#src/replay/read-decisions.js";
import { called, decision, entry, Folder, message, replayed } from "./recorded.js";

/** What may stand where something else should. */
const ODD: readonly string[] = [
  "null",
  "true",
  "-1",
  '""',
  '"constructor"',
  "[]",
  "[[null]]",
  "{}",
  '{"__proto__":{"$":"cut"}}',
  '{"$":null}',
  '{"$":"constructor"}',
  '{"$":"set","of":null}',
  '{"$":"map","of":[1,[],[{}]]}',
  '{"$":"object","of":[1]}',
  '{"$":"hashed"}',
];

const WHOLE: readonly DecisionRecord[] = [
  decision({
    id: "message",
    origin: "local",
    requestId: "PUT-1",
    roomVersion: "10",
    result: { code: "M_FORBIDDEN", fields: {} },
    ms: 1,
    key: "0123456789ab",
    truncated: ["args.0.content"],
    args: [message({ state_key: "", content: { body: { $: "cut" } }, unsigned: {}, prev_events: ["$a"] })],
    callbacks: [
      called("UserFilter", "UserFilter.check", { notAsked: "types", ms: 1 }),
      called("Shadow", "Shadow.check", { mode: "shadow", shadow: "refuses" }),
      called("Gone", "Gone.check", { decided: true, answer: { code: "M_FORBIDDEN", fields: {} } }),
      called("Failing", "Failing.check", {
        error: { name: "MatrixError", status: 500, errcode: "M_UNKNOWN", message: "no" },
      }),
    ],
  }),
  decision({
    id: "invite",
    hook: "SpamChecker.userMayInvite",
    about: { room: "!room:hs", user: { $: "hashed", of: "h:x" } },
    args: ["@eve:hs", "@bob:hs", "!room:hs"],
    callbacks: [
      called("AdminsInvite", "AdminsInvite.mayInvite", {
        reads: [{ service: "Users.isUserAdmin", args: ["@eve:hs"], answer: true, acts: true }],
      }),
    ],
  }),
  decision({
    id: "state",
    hook: "ThirdPartyRules.checkEventAllowed",
    args: [message(), { $: "uncarried", of: "the state of the room" }],
    result: [true, null],
    callbacks: [
      called("NamedRooms", "NamedRooms.check", {
        answer: [true, null],
        reads: [{ service: "state", args: ["m.room.name", ""], answer: message({ type: "m.room.name" }) }],
      }),
    ],
  }),
  decision({
    id: "create",
    hook: "ThirdPartyRules.onCreateRoom",
    args: [{ user: "@eve:hs" }, { name: "Tea" }, false],
    result: { $: "undefined" },
    callbacks: [called("RoomNamer", "RoomNamer.name", { answer: { $: "undefined" }, changed: { 1: { name: "x" } } })],
  }),
];

/** The record with each of its members in turn replaced by something odd, or left out. */
function damaged(whole: unknown): string[] {
  const mark = "\u0000here";
  const at = (value: unknown): unknown[] => {
    if (Array.isArray(value))
      return [mark, ...value.flatMap((item, index) => at(item).map((each) => value.with(index, each)))];
    if (typeof value !== "object" || value === null) return [mark];
    const members = Object.entries(value);
    const changed = members.flatMap(([name, member]) => at(member).map((each) => ({ ...value, [name]: each })));
    const without = members.map(([name]) => Object.fromEntries(members.filter(([other]) => other !== name)));
    return [mark, ...changed, ...without];
  };
  const quoted = JSON.stringify(mark);
  return at(whole).flatMap((each) => {
    const line = JSON.stringify(each);
    return line.includes(quoted) ? ODD.map((odd) => line.replace(quoted, () => odd)) : [line];
  });
}

describe("lines of a record that something has changed", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  it("whichever member is odd or missing, a decision is shown and replayed, or its line is broken", async () => {
    const lines = WHOLE.flatMap(damaged);
    const file = await folder.record([`${lines.join("\n")}\n`]);
    const paint = (_: unknown, text: string) => text;
    let [shown, broken] = [0, 0];
    for await (const read of readDecisions([file])) {
      if ("record" in read) {
        prettyDecision(read.record, paint);
        resultOf(read.record);
        shown++;
      } else broken++;
    }
    expect([shown > 500, broken > 500, shown + broken]).to.deep.equal([true, true, lines.length]);
    expect((await findDecisions([file], { user: "@eve:hs" }, undefined, 5)).count).to.be.greaterThan(100);
    const modules = ["AdminsInvite", "NamedRooms", "RoomNamer"].map((name) => entry(name));
    const config = { files: [await folder.config([entry("UserFilter", { users: ["@eve:hs"] }), ...modules])] };
    const { decisions, summary } = await replayed({ files: [file], config });
    for (const found of decisions) {
      replayedData(found);
      if ("change" in found && found.change) prettyReplayed(found, paint);
    }
    prettySummary(summary, paint);
    expect(summary.decisions).to.equal(lines.length);
  });
});
