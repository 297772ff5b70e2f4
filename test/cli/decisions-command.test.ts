import { expect } from "chai";
import { PersonalHash } from "#src/decisions/personal-hash.js";
import { decision, Folder } from "../replay/recorded.js";
import { run } from "./captured-terminal.js";

describe("ligand decisions forget", () => {
  let folder: Folder;
  beforeEach(async () => {
    folder = await Folder.make();
  });
  afterEach(() => folder.remove());

  const forget = (record: string) => run(["decisions", "forget", "@eve:hs", "--record", record], { columns: 200 });

  it("ends with 0 when no record names the user any more, and with 1 when some can't be searched", async () => {
    const { keyId } = new PersonalHash(Buffer.alloc(32, 7));
    const record = await folder.record([
      decision({ about: {}, args: ["@eve:hs"] }),
      decision({ about: {}, args: ["@ann:hs"] }),
    ]);
    expect(await forget(record)).to.deep.equal({ code: 0, stdout: "1 record removed, 1 left\n", stderr: "" });
    const hashed = await folder.record([decision({ about: {}, args: [], key: keyId })], "hashed.jsonl");
    expect((await forget(hashed)).code).to.equal(1);
  });

  it("where there is nothing to search it ends with 2: that isn't to say what is left", async () => {
    const { code, stderr } = await forget(`${folder.path}/none.jsonl`);
    expect(code).to.equal(2);
    expect(stderr).to.include("there are no recorded decisions at");
  });
});
