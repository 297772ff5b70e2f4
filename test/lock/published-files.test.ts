import { expect } from "chai";
import { publishedFiles } from "#src/lock/published-files.js";

const PATHS = [
  "LICENSE",
  "README.md",
  "bin/run.js",
  "dist/deep/rules.js",
  "dist/index.js",
  "dist/index.test.js",
  "lib.js",
  "package.json",
  "src/index.ts",
];
const ALWAYS = ["LICENSE", "README.md", "package.json"];

describe("publishedFiles", () => {
  for (const [what, manifest, paths] of [
    ["all files without `files`", {}, PATHS],
    ["little with an empty list", { files: [] }, ALWAYS],
    ["a folder", { files: ["dist"] }, [...ALWAYS, "dist/deep/rules.js", "dist/index.js", "dist/index.test.js"]],
    ["a folder with slashes", { files: ["./src/"] }, [...ALWAYS, "src/index.ts"]],
    [
      "patterns and exceptions",
      { files: ["dist/**/*.js", "!**/*.test.js"] },
      [...ALWAYS, "dist/deep/rules.js", "dist/index.js"],
    ],
    ["files of one level", { files: ["dist/*.js"] }, [...ALWAYS, "dist/index.js", "dist/index.test.js"]],
    [
      "the main file and programs",
      { files: [], main: "./lib.js", bin: { run: "bin/run.js" } },
      [...ALWAYS, "bin/run.js", "lib.js"],
    ],
    ["everything", { files: ["."] }, PATHS],
  ] as const) {
    it(`npm packs ${what}`, () => {
      expect(PATHS.filter(publishedFiles(manifest))).to.have.members(paths);
    });
  }
});
