import { execFileSync } from "node:child_process";
import { expect } from "chai";

/** The parts of Node that a process has loaded once it has imported something. */
function loadedWith(specifier: string): readonly string[] {
  const program = `await import("${specifier}"); console.log(JSON.stringify(process.moduleLoadList))`;
  const args = ["--input-type=module", "--eval", program];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as readonly string[];
}

describe("importing Ligand", () => {
  for (const [what, parts] of [
    ["Node's `fetch`, which would take as long again", /undici/],
    ["sockets, which only processes and files of decisions need", /^NativeModule net$/],
  ] as const) {
    it(`importing Ligand doesn't load ${what}`, () => {
      // Since Node 22 it loads sockets itself where an output is one.
      const anyway = new Set(loadedWith("node:util"));
      const loaded = loadedWith("./dist/index.js").filter((name) => !anyway.has(name));
      expect(loaded.filter((name) => parts.test(name))).to.deep.equal([]);
    });
  }
});
