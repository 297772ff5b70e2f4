import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LigandError } from "#src/errors/ligand-error.js";
import { assertInstalled, importOptional } from "#src/default-services/import-optional.js";

describe("importOptional", () => {
  const failureOf = async (name: string) => {
    try {
      return await importOptional(name, "Mailer");
    } catch (error) {
      return error;
    }
  };

  it("importOptional returns the package that is installed", async () => {
    expect(await importOptional("node:path", "A test")).to.have.property("join");
  });

  it("importOptional names the package to install", async () => {
    const error = (await failureOf("a-package-that-does-not-exist")) as LigandError;
    expect(error).to.be.instanceOf(LigandError);
    expect([error.code, error.message, error.remedy]).to.deep.equal([
      "LIGAND_PACKAGE_MISSING",
      "Mailer needs the package a-package-that-does-not-exist",
      "Install it: npm install a-package-that-does-not-exist",
    ]);
  });

  it("importOptional leaves the error of a package that is broken as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-broken-"));
    try {
      const outer = join(folder, "outer.mjs");
      await writeFile(outer, 'import "inner";\n');
      const error = (await failureOf(outer)) as Error;
      expect(error).to.be.an("error").that.includes({ code: "ERR_MODULE_NOT_FOUND" });
      expect(error.message).to.equal(`Cannot find package 'inner' imported from ${outer}`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("assertInstalled", () => {
  it("assertInstalled names the package to install before anything needs it", () => {
    assertInstalled("pg", "`defaultServices.cluster`");
    expect(() => assertInstalled("a-package-that-does-not-exist", "`defaultServices.cluster`"))
      .to.throw(LigandError, "`defaultServices.cluster` needs the package a-package-that-does-not-exist")
      .that.includes({
        code: "LIGAND_PACKAGE_MISSING",
        remedy: "Install it: npm install a-package-that-does-not-exist",
      });
  });
});
