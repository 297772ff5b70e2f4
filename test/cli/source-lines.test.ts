import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { SourceLines } from "#src/cli/source-lines.js";

describe("SourceLines", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ligand-source-"));
  });
  after(() => rm(folder, { recursive: true }));

  const lineOf = async (text: string, line: number, column: number, path = "modules") => {
    const file = join(folder, "source.yaml");
    await writeFile(file, text);
    const position = { file, line, column };
    return new SourceLines().of({ code: "LIGAND_CONFIG_TYPE", message: "", remedy: "", position, path });
  };

  it("SourceLines finds the line and counts the columns before the place", async () => {
    expect(await lineOf("a: 1\r\nbc: 2\r\n", 2, 5)).to.deep.equal({ text: "bc: 2", indent: 4 });
  });

  it("SourceLines counts wide characters as a terminal shows them", async () => {
    expect(await lineOf("猫: 1\n", 1, 4)).to.deep.equal({ text: "猫: 1", indent: 4 });
  });

  it("SourceLines doesn't count a byte order mark", async () => {
    expect(await lineOf("\uFEFFa: 1\n", 1, 4)).to.deep.equal({ text: "a: 1", indent: 3 });
  });

  it("SourceLines shows a tab as one space, so that the caret stays below the place", async () => {
    expect(await lineOf("\ta: 1\n", 1, 2)).to.deep.equal({ text: " a: 1", indent: 1 });
  });

  it("SourceLines shows the part of a long line in which the place is", async () => {
    const line = `a: [${"1, ".repeat(100)}x]`;
    const shown = await lineOf(line, 1, 305);
    expect(shown).to.deep.equal({ text: `…${line.slice(244)}`, indent: 61 });
    expect(line[304]).to.equal("x");
    expect((await lineOf(line, 1, 1))?.text).to.equal(`${line.slice(0, 100)}…`);
  });

  it("SourceLines hides the password of a URL under any key", async () => {
    expect(await lineOf("database: postgres://bot:s3cr3t@host/x  # 1\n", 1, 43)).to.deep.equal({
      text: "database: postgres://bot:…@host/x  # 1",
      indent: 37,
    });
  });

  it("SourceLines hides a value whose path says that it is a secret, though its line doesn't", async () => {
    expect(await lineOf("secrets:\n  - s3cr3t\n", 2, 5, "modules[0].config.secrets[0]")).to.deep.equal({
      text: "  - …",
      indent: 4,
    });
  });

  it("SourceLines hides the value of a quoted key, even without a space before it", async () => {
    expect((await lineOf(`{"a":1,"api_token":"s3cr3t"}`, 1, 6))?.text).to.equal(`{"a":1,"api_token":…}`);
    expect((await lineOf(`'password' : s3cr3t`, 1, 1))?.text).to.equal(`'password' : …`);
  });

  it("SourceLines hides the value alone, and keeps the caret below the place", async () => {
    const shown = async (text: string, at: string) => {
      const line = await lineOf(`${text}\n`, 1, text.indexOf(at) + 1);
      return `${line!.text}|${line!.text.slice(line!.indent)}`;
    };
    expect(await shown("{ secret: hunter2, size: 0, name: x }", "0")).to.equal(
      "{ secret: …, size: 0, name: x }|0, name: x }",
    );
    expect(await shown(`{ secret: "a, b: 'c'", size: 0 }`, "0")).to.equal("{ secret: …, size: 0 }|0 }");
    expect(await shown("{ secret: hunter2, size: 0 }", "unter2")).to.equal("{ secret: …, size: 0 }|…, size: 0 }");
    expect(await shown("{ secret: hunter2, token: b, size: 0 }", "secret")).to.equal(
      "{ secret: …, token: …, size: 0 }|secret: …, token: …, size: 0 }",
    );
    expect(await shown("{ size: 0, secret: hunter2 }", "0")).to.equal("{ size: 0, secret: … }|0, secret: … }");
  });

  it("SourceLines hides too much rather than too little if it can't tell where a value ends", async () => {
    const shown = async (text: string) => (await lineOf(`${text}\n`, 1, 1))?.text;
    expect(await shown("secret: hunter2, size: 0")).to.equal("secret: …");
    expect(await shown("{ secret: [a, b], size: 0 }")).to.equal("{ secret: …");
    expect(await shown("{ secret: it's, size: 0 }")).to.equal("{ secret: …");
    expect(await shown(`secret: "a" b`)).to.equal("secret: …");
    expect(await shown(`{ secret: "a, size: 0 }`)).to.equal("{ secret: …");
  });

  it("SourceLines shows the key of a secret whose value begins in the next line", async () => {
    expect(await lineOf("password_providers:\n  - module: x\n", 1, 1, "password_providers")).to.deep.equal({
      text: "password_providers:",
      indent: 0,
    });
  });

  it("SourceLines has nothing for a problem without a place, an empty line, and a file that is gone", async () => {
    const problem = { code: "LIGAND_CONFIG_TYPE", message: "", remedy: "" } as const;
    expect(await new SourceLines().of(problem)).to.equal(undefined);
    expect(await lineOf("a: 1\n\n", 2, 1)).to.equal(undefined);
    const position = { file: join(folder, "gone.yaml"), line: 1, column: 1 };
    expect(await new SourceLines().of({ ...problem, position })).to.equal(undefined);
  });
});
