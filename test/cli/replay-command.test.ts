import { expect } from "chai";
import { called, decision, entry, Folder, message } from "../replay/recorded.js";
import { run } from "./captured-terminal.js";

const REFUSED = { code: "M_FORBIDDEN", error: "no", fields: {} };
const GOLD = entry("WordFilter", { words: ["gold"] });

describe("ligand replay", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const day = () =>
    folder.record([
      decision({ id: "gold" }),
      decision({ id: "tea", args: [message({ content: { body: "tea" } })] }),
      decision({
        id: "refused",
        args: [message({ content: { body: "tea" } })],
        result: REFUSED,
        callbacks: [called("WordFilter", "WordFilter.check", { answer: REFUSED, decided: true })],
      }),
      decision({ id: "hidden", args: [message({ content: { $: "left out" } })] }),
    ]);

  it("ligand replay shows each difference, and a summary", async () => {
    const { code, stdout, stderr } = await run(["replay", await day(), "--config", await folder.config([GOLD])], {
      columns: 200,
    });
    expect(code).to.equal(1);
    expect(stderr).to.match(/^Modules run in this process, without a homeserver: /);
    expect(stdout).to.equal(`SpamChecker.checkEventForSpam  2026-03-02T12:00:00.000Z  gold
  about  @eve:hs !room:hs $event
  then   "NOT_SPAM"
  now    M_FORBIDDEN "No gold, please", by WordFilter (WordFilter.check)

SpamChecker.checkEventForSpam  2026-03-02T12:00:00.000Z  refused
  about  @eve:hs !room:hs $event
  then   M_FORBIDDEN "no", by WordFilter (WordFilter.check)
  now    "NOT_SPAM"

4 decisions, from 2026-03-02T12:00:00.000Z to 2026-03-02T12:00:00.000Z
  the same           1
  others             2  1 refused now, 1 allowed now, 0 changed
  unknown: left out  1  WordFilter.check of WordFilter reads args.0.content, which isn't recorded
To replay rules about people and texts, record with \`--record-personal whole --record-bodies\` for a while (in code, \`personal\` and \`bodies\`).
`);
  });

  it("ligand replay --format json writes a line for each decision that isn't the same, and one for all", async () => {
    const { stdout } = await run(["replay", await day(), "--config", await folder.config([GOLD]), "--format", "json"]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { kind: string; id?: string });
    expect(lines.map(({ kind, id }) => [kind, id])).to.deep.equal([
      ["difference", "gold"],
      ["difference", "refused"],
      ["unknown", "hidden"],
      ["summary", undefined],
    ]);
    expect(lines[3]).to.deep.equal({
      version: 1,
      kind: "summary",
      decisions: 4,
      same: 1,
      different: { refuses: 1, allows: 1, changes: 0 },
      unknown: { "left out": 1 },
      notReproducible: [],
      acts: {},
      from: "2026-03-02T12:00:00.000Z",
      to: "2026-03-02T12:00:00.000Z",
    });
  });

  it("ligand replay --quiet shows the summary alone", async () => {
    const { stdout } = await run(["replay", await day(), "--config", await folder.config([GOLD]), "--quiet"]);
    expect(stdout).to.match(/^4 decisions, /);
  });

  it("--fail-on says what ends a replay with 1; where nothing could be said, it's 2", async () => {
    const exit = async (lines: Parameters<Folder["record"]>[0], failOn: string) => {
      const files = [await folder.record(lines), "--config", await folder.config([GOLD])];
      return (await run(["replay", ...files, "--fail-on", failOn])).code;
    };
    const same = decision({ args: [message({ content: { body: "tea" } })] });
    const allowed = decision({ ...same, result: REFUSED });
    const hidden = decision({ args: [message({ content: { $: "left out" } })] });
    expect(await exit([same], "any")).to.equal(0);
    expect(await exit([same, allowed], "any")).to.equal(1);
    expect(await exit([same, allowed], "refuse")).to.equal(0);
    expect(await exit([decision()], "refuse")).to.equal(1);
    expect(await exit([same, hidden], "any")).to.equal(0);
    expect(await exit([same, hidden], "unknown")).to.equal(1);
    expect(await exit([hidden], "any")).to.equal(2);
    expect(await exit([], "any")).to.equal(2);
  });

  it("ligand replay --without leaves a module out, and refuses one that isn't there", async () => {
    const config = await folder.config([GOLD]);
    expect((await run(["replay", await day(), "--config", config, "--without", "WordFilter"])).stdout).to.include(
      "Z  refused\n",
    );
    const { code, stderr } = await run(["replay", await day(), "--config", config, "--without", "WordFiller"]);
    expect(code).to.equal(2);
    expect(stderr).to.include('there is no module "WordFiller" to leave out').and.include("Did you mean WordFilter?");
  });

  it("ligand replay refuses what isn't a file", async () => {
    const { code, stderr } = await run(["replay", folder.path, "--config", await folder.config([GOLD])]);
    expect(code).to.equal(2);
    expect(stderr).to.include(`${folder.path} can't be read LIGAND_RECORD_UNUSABLE`).and.include("it isn't a file");
    expect(stderr).to.include(
      "→ Name the file that decisions were recorded to; this process must be able to read it.\n",
    );
  });

  it("where a configuration can't be used, ligand replay ends with 2: that isn't to say that a decision is another", async () => {
    const none = `${folder.path}/none.yaml`;
    const config = await folder.config([GOLD]);
    const codes = [
      ["--config", none],
      ["--config", config, "--baseline", none],
      ["--config", config, "--key-file", none],
    ].map(async (args) => (await run(["replay", await day(), ...args])).code);
    expect(await Promise.all(codes)).to.deep.equal([2, 2, 2]);
  });

  it("a rejection that a module leaves unhandled is said once, and the replay goes on to its end", async () => {
    const record = await folder.record([decision({ id: "one" }), decision({ id: "two" })]);
    const config = await folder.config([entry("Careless")]);
    const before = process.listeners("unhandledRejection");
    const place = / \(at .*modules\.ts:\d+:\d+\)\n$/;
    const said = "Unhandled rejection in a module; continuing: Error: left behind";
    for (const args of [
      ["replay", record],
      ["why", "two", "--record", record],
    ]) {
      const { code, stderr } = await run([...args, "--config", config], { columns: 500 });
      expect({ code, times: stderr.split(said).length - 1 }).to.deep.equal({ code: 0, times: 1 });
      expect(stderr.slice(stderr.indexOf(said) + said.length)).to.match(place);
    }
    expect(process.listeners("unhandledRejection")).to.deep.equal(before);
  });

  it("nothing in a record commands the terminal", async () => {
    const evil = "\u001b[2J\u202e\r";
    const file = await folder.record([
      decision({ id: `id${evil}`, about: { user: evil, room: evil, event: evil }, requestId: evil }),
    ]);
    const { stdout } = await run(["replay", file, "--config", await folder.config([GOLD])]);
    expect(stdout).not.to.match(/[\u001b\u202e\r]/);
    expect(stdout).to.include(String.raw`id\u{1b}[2J\u{202e}\u{d}`);
  });
});
