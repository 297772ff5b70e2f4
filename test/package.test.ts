import { expect } from "chai";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  COPY,
  filePath,
  ISOLATED_PROCESS,
  OWN_FOLDERS,
  PARSER,
  requireHere,
  VERSION,
  WATCH_THREAD,
} from "#src/package.js";

const root = new URL("../../", import.meta.url);

describe("package", () => {
  it("package.ts finds the package's folder, its compiled code and its sources", () => {
    expect(COPY).to.deep.equal({ url: root.href, isBundled: false });
    expect(OWN_FOLDERS).to.deep.equal([fileURLToPath(new URL("dist/", root)), fileURLToPath(new URL("src/", root))]);
  });

  it("package.ts has the version of package.json", () => {
    const { version } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as { version: string };
    expect(VERSION).to.equal(version);
  });

  it("package.ts names each export of its entry for modules and homeservers", () => {
    expect(readFileSync(new URL("src/index.ts", root), "utf8")).not.to.contain("export *");
  });

  it("package.ts is the only file that depends on where it lies, because a bundle has no other files", () => {
    const files = readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" });
    const code = /^(?!\s*(?:\/\/|\/?\*)).*import\.meta\b/m;
    const depending = files.filter(
      (path) => path.endsWith(".ts") && code.test(readFileSync(new URL(`src/${path}`, root), "utf8")),
    );
    expect(depending).to.deep.equal(["package.ts"]);
  });

  it("package.ts names programs that exist", () => {
    expect([ISOLATED_PROCESS, WATCH_THREAD, PARSER].map((program) => existsSync(program!))).to.deep.equal([
      true,
      true,
      true,
    ]);
  });

  it("package.ts loads a dependency as the package itself sees it", () => {
    expect(requireHere("winston")).to.have.property("createLogger");
  });

  it("filePath returns the path of a file URL, with its spaces and, on Windows, its drive", () => {
    for (const path of ["/a/b c/100%/ü.js", "/a#b?.js"]) expect(filePath(pathToFileURL(path).href)).to.equal(path);
    expect(filePath("file:///C:/modules/x.js")).to.equal("C:/modules/x.js");
    expect(filePath("/already/a/path.js")).to.equal("/already/a/path.js");
  });
});
