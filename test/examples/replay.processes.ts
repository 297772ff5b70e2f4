import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { failureOf } from "../failure-of.js";

const run = promisify(execFile);
const REPLAY = "examples/replay";
const MAIN = "build/examples/replay/main.js";
const GOOD = {
  time: "2026-03-02T08:00:01.000Z",
  hook: "spamChecker.userMayInvite",
  args: { inviter: "@a:example.org", invitee: "@b:example.org", roomId: "!r:example.org" },
};

describe("the replay", () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "ligand-replay-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("the replay exercises every hook that a module of its configuration registers", async () => {
    const output = await readFile(join(REPLAY, "expected-output.txt"), "utf8");
    const registered = firstWords(section(output, "Hooks, and who answers them, in order"));
    const asked = firstWords(section(output, "Summary"));
    expect(registered.filter((hook) => !asked.includes(hook))).to.deep.equal([]);
    expect(registered).to.have.length.above(30);
  });

  it("the replay says what is wrong with a configuration, without a stack", async () => {
    const file = join(directory, "homeserver.yaml");
    await writeFile(file, "server_name: example.org\nmodules:\n  - module: ./nowhere.js#Nothing\n");
    const { code, stdout, stderr } = await failing(file);
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(stderr)
      .to.include(`${file}:3:13`)
      .and.not.match(/^ +at /m);
  });

  it("the replay shows control characters of what users wrote as escapes", async () => {
    const file = join(directory, "control.jsonl");
    await writeFile(file, JSON.stringify({ ...GOOD, args: { ...GOOD.args, invitee: "@\u001b[2J\u009b:example.org" } }));
    const { stdout } = await run(process.execPath, [MAIN, join(REPLAY, "homeserver.yaml"), file]);
    expect(stdout).to.include("@a:example.org · @\\u001b[2J\\u009b:example.org").and.not.include("\u001b");
  });

  it("the replay shows no secret of its recording", async () => {
    const output = await readFile(join(REPLAY, "expected-output.txt"), "utf8");
    const recording = await readFile(join(REPLAY, "traffic.jsonl"), "utf8");
    const secrets = ["correct horse", "hunter", "tulip-otter-seven", "letmein", "syt_YWxpY2U"];
    expect(secrets.filter((secret) => !recording.includes(secret))).to.deep.equal([]);
    expect(secrets.filter((secret) => output.includes(secret))).to.deep.equal([]);
  });

  it("the demonstration of decisions finds as many differences as the traffic alone says", async () => {
    const { stdout } = await run(process.execPath, ["build/examples/replay/decisions-demo.js"]);
    expect(stdout)
      .to.include("10 decisions differ; the traffic alone says 10.")
      .and.include("decided  by spam-filter (SpamFilter.checkMessage)")
      .and.include("It's another decision without evil-users and spam-filter.");
  });

  it("the replay reports bad lines with their numbers, replays the others, and exits with 1", async () => {
    const file = join(directory, "traffic.jsonl");
    const lines = [
      "not json",
      GOOD,
      [],
      "",
      { ...GOOD, hook: "spamChecker.userMayInvit" },
      { ...GOOD, hook: "spam" },
      { ...GOOD, args: { inviter: "@a:example.org" } },
      { ...GOOD, args: { ...GOOD.args, room: "!r:example.org" } },
      { ...GOOD, time: "yesterday" },
      { ...GOOD, time: "2026-03-01T08:00:01.000Z" },
      { ...GOOD, origin: "here" },
      { ...GOOD, hook: "spamChecker.checkEventForSpam", args: { event: { room_id: "!r:x", type: "m.t", sender: 1 } } },
      { ...GOOD, hook: "spamChecker.userMayCreateRoomAlias", args: { userId: "@a:example.org", roomAlias: "lobby" } },
      GOOD,
    ];
    await writeFile(file, lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\r\n"));
    const { code, stdout, stderr } = await failing(join(REPLAY, "homeserver.yaml"), file);
    expect(code).to.equal(1);
    const problems = stderr.trimEnd().split("\n");
    expect(problems.map((line) => line.replace(`${file}:`, "").replace(/(not JSON:).*/, "$1"))).to.deep.equal([
      "1: not JSON:",
      "3: a line must be an object; found []",
      `5: there is no hook "spamChecker.userMayInvit"; its category has ${SPAM_CHECKER.join(", ")}`,
      '6: there is no hook "spam"; expected one such as spamChecker.userMayInvite',
      "7: `args` lacks `invitee`; expected inviter, invitee, roomId",
      "8: unknown in `args`: room; expected inviter, invitee, roomId",
      "9: `time` must be like 2026-03-02T08:00:00.000Z; found yesterday",
      "10: `time` is earlier than that of a line before: 2026-03-01T08:00:01.000Z",
      '11: `origin` must be "local" or "federation"; found "here"',
      "12: `sender` of an event must be text; found 1",
      "13: Expected a room alias of the form '#localpart:server'",
    ]);
    expect(section(stdout, "Summary", "\0").split("\n")).to.deep.equal([
      "hook                       asked  allowed  denied  changed  answered  notified  left open  failed",
      "spamChecker.userMayInvite      2        2       ·        ·         ·         ·          ·       ·",
      "all                            2        2       ·        ·         ·         ·          ·       ·",
      "",
      "11 lines of the recording could not be replayed.",
    ]);
  });
});

interface Failure {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the replay, which has to fail. */
async function failing(...files: string[]): Promise<Failure> {
  return (await failureOf(run(process.execPath, [MAIN, ...files]))) as Failure;
}

const SPAM_CHECKER = [
  "checkEventForSpam",
  "shouldDropFederatedEvent",
  "userMayJoinRoom",
  "userMayInvite",
  "federatedUserMayInvite",
  "userMaySend3pidInvite",
  "userMayCreateRoom",
  "userMayCreateRoomAlias",
  "userMayPublishRoom",
  "userMaySendStateEvent",
  "checkUsernameForSpam",
  "checkRegistrationForSpam",
  "checkMediaFileForSpam",
  "checkLoginForSpam",
].map((hook) => `spamChecker.${hook}`);

/** What follows a heading, up to the next empty line or to the end. */
function section(output: string, heading: string, until = "\n\n"): string {
  return output.split(`\n${heading}\n\n`)[1]?.split(until)[0]?.trimEnd() ?? "";
}

function firstWords(text: string): string[] {
  return text.split("\n").flatMap((line) => line.split(" ").slice(0, 1));
}
