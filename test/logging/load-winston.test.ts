import { execFileSync } from "node:child_process";
import { expect } from "chai";

/** The files of winston that a fresh process has loaded after running a script. */
function loadedAfter(script: string): string[] {
  const report = `
    const { createRequire } = await import("node:module");
    const { cache } = createRequire(import.meta.url);
    console.log(JSON.stringify(Object.keys(cache).filter((file) => /winston/.test(file))));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script + report], {
    cwd: new URL("../../../", import.meta.url),
    encoding: "utf8",
  });
  return JSON.parse(output) as string[];
}

describe("loadWinston", () => {
  it("loadWinston has winston loaded by the first logger, not by importing the module", () => {
    const imports = 'const { createLogger } = await import("#src/logging/create-logger.js");';
    expect(loadedAfter(imports)).to.deep.equal([]);
    const files = loadedAfter(`${imports} createLogger();`).map((file) => file.split("/").slice(-2).join("/"));
    expect(files).to.include("transports/stream.js");
    expect(files).not.to.include.members(["transports/http.js"]);
    expect(files).not.to.include.members(["transports/file.js"]);
  });
});
