import { expect } from "chai";
import type { CallbackRecord, NotAsked } from "#src/decisions/decision-record.js";
import { PersonalHash } from "#src/decisions/personal-hash.js";
import { called, decision, entry, Folder } from "../replay/recorded.js";
import { run } from "./captured-terminal.js";

const REFUSED = { code: "M_FORBIDDEN", fields: {} };

function notAsked(module: string, callback: string, why: NotAsked): CallbackRecord {
  return { module, callback, mode: "enforce", notAsked: why };
}

describe("ligand why", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const invite = decision({
    id: "the-invite",
    hook: "SpamChecker.userMayInvite",
    origin: "local",
    requestId: "POST-7",
    about: { room: "!room:hs", user: "@eve:hs" },
    args: ["@eve:hs", "@bob:hs", "!room:hs"],
    result: REFUSED,
    ms: 1.5,
    callbacks: [
      called("Quiet", "Quiet.check", { mode: "shadow", shadow: "unchanged" }),
      notAsked("Typed", "Typed.check", "only"),
      called("AdminsInvite", "AdminsInvite.mayInvite", {
        answer: REFUSED,
        decided: true,
        ms: 1.25,
        reads: [{ service: "Users.isUserAdmin", args: ["@eve:hs"], answer: false }],
      }),
      notAsked("UserFilter", "UserFilter.mayInvite", "decided before"),
    ],
  });

  it("ligand why shows who was asked in which order, who decided, and who wasn't asked", async () => {
    const record = await folder.record([decision(), invite]);
    expect(await run(["why", "the-invite", "--record", record], { columns: 200 })).to.deep.equal({
      code: 0,
      stdout: `SpamChecker.userMayInvite  2026-03-02T12:00:00.000Z  the-invite
  about    user @eve:hs, room !room:hs
  request  POST-7 of a client
  result   M_FORBIDDEN
  decided  by AdminsInvite (AdminsInvite.mayInvite)
  took     1.5 ms
  with     revision 1 of the configuration
  asked with
    "@eve:hs"
    "@bob:hs"
    "!room:hs"
  4 callbacks, in order
    1. Quiet (Quiet.check)  "NOT_SPAM"  (in shadow: it would have changed nothing)
    2. Typed (Typed.check)  not asked: \`only\` of its \`operate:\` leaves this out
    3. AdminsInvite (AdminsInvite.mayInvite)  M_FORBIDDEN  (1.25 ms; decided)
       read Users.isUserAdmin("@eve:hs") → false
    4. UserFilter (UserFilter.mayInvite)  not asked: it was decided before
`,
      stderr: "",
    });
  });

  it("finds decisions by their event, their request, or by user, room and time", async () => {
    const now = decision({ id: "now", time: new Date().toISOString() });
    const record = await folder.record([decision({ id: "other", about: { event: "$other" }, args: [] }), invite, now]);
    const found = async (...args: string[]) => {
      const { stdout } = await run(["why", ...args, "--record", record, "--format", "json"]);
      return (JSON.parse(stdout) as { decisions: { id: string }[] }).decisions.map(({ id }) => id);
    };
    expect(await found("$other")).to.deep.equal(["other"]);
    expect(await found("--request", "POST-7")).to.deep.equal(["the-invite"]);
    expect(await found("--user", "@bob:hs")).to.deep.equal(["the-invite"]);
    expect(await found("--user", "@eve:hs", "--room", "!room:hs")).to.deep.equal(["the-invite", "now"]);
    expect(await found("--user", "@eve:hs", "--since", "10m")).to.deep.equal(["now"]);
    expect(await found("--since", "10m")).to.deep.equal(["now"]);
    expect(await found("--user", "@eve:hs", "--limit", "1")).to.deep.equal(["now"]);
    expect(await run(["why", "nobody", "--record", record])).to.deep.equal({
      code: 1,
      stdout: "No decision was found.\n",
      stderr: "",
    });
  });

  it("hashes what it's given before it compares it with hashes, and says so when it can't", async () => {
    const key = Buffer.alloc(32, 7);
    const hash = new PersonalHash(key);
    const hashed = { $: "hashed", of: hash.of("@eve:hs") };
    const record = await folder.record(
      [decision({ id: "hashed", key: hash.keyId, about: { user: hashed }, args: [] })],
      "d.jsonl",
    );
    const keys = await Folder.make();
    try {
      const keyFile = await keys.write("decisions.key", `${key.toString("base64url")}\n`);
      const args = ["why", "--user", "@eve:hs", "--record", record];
      const withKey = await run([...args, "--key-file", keyFile]);
      expect(withKey.stdout).to.include(`about    user ${hashed.of}`);
      const without = await run(args);
      expect(without.code).to.equal(1);
      expect(without.stderr).to.include("Some decisions have hashes of a key that isn't known here");
    } finally {
      await keys.remove();
    }
  });

  it("ligand why says that users and rooms aren't found where none were recorded", async () => {
    const none = { $: "left out" };
    const record = await folder.record([
      decision({ id: "other", about: {}, args: [] }),
      decision({ id: "nameless", about: { user: none, room: none, event: "$1" }, args: [none] }),
    ]);
    const nothing = { code: 1, stdout: "No decision was found.\n" };
    const said =
      "Some decisions were recorded with `personal: none`: users and rooms aren't found in them. Look for an event, a request or a time.\n";
    const why = (...args: string[]) => run(["why", ...args, "--record", record]);
    expect(await why("--user", "@eve:hs")).to.deep.equal({ ...nothing, stderr: said });
    expect(await why("--room", "!room:hs")).to.deep.equal({ ...nothing, stderr: said });
    const { code, stderr } = await why("$1");
    expect([code, stderr]).to.deep.equal([0, ""]);
  });

  it("ligand why --config makes the decision anew, and finds the smallest set of entries it hangs on", async () => {
    const users = (id: string, user: string) => ({ ...entry("UserFilter", { users: [user] }), id });
    const record = await folder.record([invite]);
    const smallest = async (modules: readonly object[]) => {
      const config = await folder.config(modules);
      const { stdout } = await run(["why", "the-invite", "--record", record, "--config", config], { columns: 200 });
      return stdout.slice(stdout.indexOf("Made anew"));
    };
    expect(await smallest([users("one", "@eve:hs"), users("other", "@ann:hs")])).to.equal(`Made anew
  then              M_FORBIDDEN
  with all modules  M_FORBIDDEN, by one (UserFilter.mayInvite)
  without one       "NOT_SPAM"
  without other     M_FORBIDDEN, by one (UserFilter.mayInvite)
  It's another decision without one.
`);
    expect(await smallest([users("one", "@eve:hs"), users("two", "@eve:hs"), users("three", "@ann:hs")])).to.include(
      "It's another decision without one and two.\n",
    );
    expect(await smallest([users("one", "@ann:hs")])).to.include("It's the same whichever module is left out.\n");
  });

  it("ligand why says which lines it can't read, if they may be what is looked for", async () => {
    const lines = [decision({ id: "old" }), { ...decision({ id: "new" }), version: 2 }];
    const record = await folder.write("d.jsonl", `${lines.map((line) => JSON.stringify(line)).join("\n")}\n{"broken`);
    const newer = `1 line can't be read, first line 2 of ${record}: the record has a newer format than this version of Ligand knows.\n`;
    const nothing = { code: 1, stdout: "No decision was found.\n" };
    const why = (...args: string[]) => run(["why", ...args, "--record", record]);
    expect(await why("new")).to.deep.equal({ ...nothing, stderr: newer });
    expect(await why("other")).to.deep.equal({ ...nothing, stderr: "" });
    expect(await why("--user", "@nobody:hs")).to.deep.equal({
      ...nothing,
      stderr: `${newer}1 line can't be read, first line 3 of ${record}: the record isn't a decision.\n`,
    });
    expect(await why("other", "--config", "none.yaml")).to.deep.equal({ ...nothing, stderr: "" });
  });

  it("where a file can't be used, ligand why ends with 2: that isn't to say that nothing was found", async () => {
    const record = await folder.record([decision()]);
    const codes = [
      ["--record", folder.path],
      ["--record", `${record}.none`],
      ["--record", record, "--key-file", `${record}.key`],
    ].map(async (args) => (await run(["why", "--user", "@eve:hs", ...args])).code);
    expect(await Promise.all(codes)).to.deep.equal([2, 2, 2]);
  });

  it("wants to know which decision", async () => {
    const record = await folder.record([]);
    const { code, stderr } = await run(["why", "--record", record]);
    expect(code).to.equal(2);
    expect(stderr).to.include("say which decision: an id, --request, --user, --room or --since");
  });

  it("nothing in a record commands the terminal", async () => {
    const evil = "\u001b[2J\u202e\r\n";
    const record = await folder.record([
      decision({
        id: "evil",
        requestId: evil,
        about: { user: evil, room: evil, event: evil },
        args: [{ [evil]: evil }],
        result: evil,
        callbacks: [
          called(evil, evil, {
            answer: { code: evil, error: evil },
            reads: [{ service: evil, args: [evil], error: { name: evil, code: evil, message: evil } }],
            changed: { 0: evil },
            shadow: evil,
          }),
        ],
        truncated: [evil],
      }),
    ]);
    const { stdout } = await run(["why", "evil", "--record", record]);
    expect(stdout)
      .to.include("evil")
      .and.not.match(/[\u001b\u202e\r]/);
    expect(stdout.split("\n").filter((line) => line.startsWith("[2J"))).to.deep.equal([]);
  });

  it("shows values that Ligand didn't write as far as they say something", async () => {
    const odd = [{ $: "set", of: null }, { $: "map", of: [1] }, { $: "toString" }, { $: "object", of: { $: "cut" } }];
    const record = await folder.record([decision({ id: "odd", args: odd })]);
    const { code, stdout } = await run(["why", "odd", "--record", record]);
    expect([code, stdout.split("\n").slice(6, 10)]).to.deep.equal([
      0,
      ["    Set []", "    Map [1]", "    (toString)", '    {"$": "cut"}'],
    ]);
  });

  it("shows words that every object has a member for as they are", async () => {
    const callbacks = ["constructor", "__proto__"].flatMap((word) => [
      called(word, word, { notAsked: word as NotAsked }),
      called(word, word, { mode: "shadow", shadow: word }),
    ]);
    const record = await folder.record([decision({ id: "odd", hook: "constructor", callbacks })]);
    const { code, stdout } = await run(["why", "odd", "--record", record]);
    expect([code, stdout.slice(stdout.indexOf("  4 callbacks"))]).to.deep.equal([
      0,
      `  4 callbacks, in order
    1. constructor (constructor)  not asked: constructor
    2. constructor (constructor)  "NOT_SPAM"  (in shadow: constructor)
    3. __proto__ (__proto__)  not asked: __proto__
    4. __proto__ (__proto__)  "NOT_SPAM"  (in shadow: __proto__)
`,
    ]);
  });

  it("names the callbacks that failed, and not those that refused by an error or were cancelled", async () => {
    const threw = (module: string, error: object) =>
      called(module, "C.check", { error: { name: "MatrixError", message: "no", ...error } });
    const record = await folder.record([
      decision({
        id: "odd",
        hook: "ThirdPartyRules.onCreateRoom",
        callbacks: [
          threw("broken", { status: 500, errcode: "M_UNKNOWN" }),
          threw("gone", { name: "AbortError", code: "LIGAND_CANCELLED" }),
          threw("crashed", { name: "TypeError" }),
          threw("refusing", { status: 403, errcode: "M_FORBIDDEN" }),
        ],
      }),
    ]);
    const { stdout } = await run(["why", "odd", "--record", record]);
    expect(stdout).to.include("  failed   broken (C.check), crashed (C.check)\n");
  });
});
