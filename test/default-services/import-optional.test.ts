import { expect } from "chai";
import { LigandError } from "#src/errors/ligand-error.js";
import { assertInstalled, importOptional } from "#src/default-services/import-optional.js";

describe("importOptional", () => {
  const failureOf = async (name: string, load: () => Promise<unknown>) => {
    try {
      return await importOptional(name, "Mailer", load);
    } catch (error) {
      return error;
    }
  };

  it("gives the package that is installed", async () => {
    expect(await importOptional("node:path", "A test", () => import("node:path"))).to.have.property("join");
  });

  it("names the package to install", async () => {
    const name: string = "a-package-that-does-not-exist";
    const error = (await failureOf(name, () => import(name))) as LigandError;
    expect(error).to.be.instanceOf(LigandError);
    expect([error.code, error.message, error.remedy]).to.deep.equal([
      "LIGAND_PACKAGE_MISSING",
      "Mailer needs the package a-package-that-does-not-exist",
      "Install it: npm install a-package-that-does-not-exist",
    ]);
  });

  it("leaves the error of a package that is broken as it is", async () => {
    const broken = Object.assign(new RangeError("Cannot find package 'inner'"), { code: "ERR_MODULE_NOT_FOUND" });
    expect(await failureOf("outer", () => Promise.reject(broken))).to.equal(broken);
  });
});

describe("assertInstalled", () => {
  it("names the package to install before anything needs it", () => {
    assertInstalled("pg", "`defaultServices.cluster`");
    expect(() => assertInstalled("a-package-that-does-not-exist", "`defaultServices.cluster`"))
      .to.throw(LigandError, "`defaultServices.cluster` needs the package a-package-that-does-not-exist")
      .that.includes({
        code: "LIGAND_PACKAGE_MISSING",
        remedy: "Install it: npm install a-package-that-does-not-exist",
      });
  });
});
