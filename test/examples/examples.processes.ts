import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const run = promisify(execFile);
const EXAMPLES = "examples";
const names = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, "expected-output.txt")));

describe("the examples", () => {
  it("the examples are the ones that there should be", () => {
    expect(names).to.include.members([
      "embedding-express",
      "minimal",
      "ordering",
      "password-auth",
      "presence-router",
      "replay",
      "spam-filter",
      "testing-a-module",
      "third-party-rules",
      "web-resource",
    ]);
  });

  for (const name of names) {
    it(`${name}: prints what expected-output.txt says`, async () => {
      const { stdout } = await run(process.execPath, [join("build", EXAMPLES, name, "main.js")]);
      expect(stdout).to.equal(await readFile(join(EXAMPLES, name, "expected-output.txt"), "utf8"));
    });
  }
});
