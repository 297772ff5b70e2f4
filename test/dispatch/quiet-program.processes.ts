import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import type { QuietProgram } from "./quiet-program.js";

const PROGRAM = fileURLToPath(import.meta.resolve("./quiet-program.js"));

/** What the program prints until it ends by itself. */
async function printed(program: QuietProgram): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, JSON.stringify(program)]);
  return stdout;
}

describe("a program that has nothing else to do", () => {
  it("a program that has nothing else to do lives until a callback that hangs has used up its timeout", async () => {
    expect(await printed({ hangs: true, operate: { timeout: "300ms", on_failure: "deny" } })).to.equal("M_FORBIDDEN");
  });

  it("a program that has nothing else to do lives until the deadline of a request is near", async () => {
    expect(await printed({ hangs: true, operate: { on_failure: "deny" }, hasMs: 500 })).to.equal("M_FORBIDDEN");
  });

  it("a program that has nothing else to do ends when a callback with a long timeout has answered", async () => {
    expect(await printed({ hangs: false, operate: { timeout: "1h", on_failure: "deny" } })).to.equal("allowed");
  });

  it("a program that has nothing else to do ends when a request that had much time has been answered", async () => {
    expect(await printed({ hangs: false, operate: {}, hasMs: 3_600_000 })).to.equal("allowed");
  });

  it("a program that has nothing else to do ends when it has stopped its host, though a callback with a long timeout hangs", async () => {
    expect(await printed({ hangs: true, operate: { timeout: "1h" }, stops: true })).to.equal("stopped");
    expect(await printed({ hangs: true, operate: {}, hasMs: 3_600_000, stops: true })).to.equal("stopped");
  });

  it("a program that has nothing else to do ends while a callback in shadow hangs", async () => {
    expect(await printed({ hangs: true, operate: { mode: "shadow", timeout: "1h" } })).to.equal("allowed");
  });
});
