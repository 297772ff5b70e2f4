import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";

/** Packages that are loaded when they are first used. */
const HEAVY = ["@electric-sql/pglite", "nodemailer", "nunjucks", "pg", "piscina", "undici", "winston"];

/** Prints the URL of each requested ES module immediately, because hooks run in a thread that loses output when it ends. */
const HOOKS = `
  import { writeSync } from "node:fs";
  export async function resolve(specifier, context, next) {
    const resolved = await next(specifier, context);
    writeSync(1, resolved.url + "\\n");
    return resolved;
  }`;

/** Imports an entry of the package, and prints the paths of the CommonJS modules that came with it. */
function programOf(entry: string): string {
  return `
    import { createRequire, register } from "node:module";
    register(${JSON.stringify(dataUrl(HOOKS))});
    await import(${JSON.stringify(import.meta.resolve(entry))});
    console.log(Object.keys(createRequire(import.meta.url).cache).join("\\n"));`;
}

/** What a program prints, into a file: a pipe takes no more while its reader is slow, and then `writeSync` throws. */
function printedBy(program: string): string {
  const folder = mkdtempSync(join(tmpdir(), "ligand-entries-"));
  const file = join(folder, "output");
  const descriptor = openSync(file, "a");
  try {
    execFileSync(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", descriptor, "pipe"],
    });
    return readFileSync(file, "utf8");
  } finally {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  }
}

describe("the entries of the package", () => {
  for (const name of ["homeserver", "testing"]) {
    it(`ligand/${name} is imported alone, without heavy packages`, () => {
      const output = printedBy(programOf(`ligand/${name}`));
      expect(output).to.contain(`dist/${name}.js`).and.to.contain("node_modules/inversify/");
      expect(HEAVY.filter((heavy) => output.includes(`node_modules/${heavy}/`))).to.deep.equal([]);
    });
  }

  it("CommonJS may require each entry", () => {
    const program = `
      const names = ["ligand", "ligand/homeserver", "ligand/testing"];
      console.log(names.map((name) => Object.keys(require(name)).length > 0).join());`;
    const options = ["--disable-warning=ExperimentalWarning", "--input-type=commonjs", "--eval", program];
    expect(execFileSync(process.execPath, options, { encoding: "utf8" })).to.equal("true,true,true\n");
  });
});

function dataUrl(program: string): string {
  return `data:text/javascript,${encodeURIComponent(program)}`;
}
