import { execFileSync } from "node:child_process";
import { expect } from "chai";

describe("importing Ligand", () => {
  it("importing Ligand doesn't load Node's `fetch`, which would take as long again", () => {
    const program = `await import("./dist/index.js"); console.log(JSON.stringify(process.moduleLoadList))`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" }),
    ) as readonly string[];
    expect(loaded.filter((name) => name.includes("undici"))).to.deep.equal([]);
  });
});
