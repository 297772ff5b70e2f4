import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { expect } from "chai";

/**
 * The code of the documentation is real. In every page
 * - a block `ts`, `js` or `yaml` whose first line is a comment with a file name is that file;
 * - a block `ts` or `js` without one is a file of its own, which is compiled (`ts`) and run;
 * - a block `json` with `compilerOptions` is the page's `tsconfig.json`, by which its `ts` blocks compile;
 * - a block `console` is a session: each line `$ command` prints the lines that follow it.
 * Blocks of other languages, and `ts` blocks marked `ts signature`, are for reading only. The examples in the comments of the
 * public API are such blocks, too.
 */
const PAGES = [
  "README.md",
  ...readdirSync("docs")
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
  "src/catalogue/index.ts",
  "src/start.ts",
  "src/testing/test-module.ts",
];
const OUT = "build/docs";

interface Block {
  readonly language: string;
  readonly text: string;
}

interface Session {
  readonly command: string;
  readonly output: string;
}

interface Page {
  readonly path: string;
  readonly folder: string;
  readonly snippets: readonly string[];
  readonly sessions: readonly Session[];
  readonly hasCompilerSettings: boolean;
}

function blocksOf(markdown: string): Block[] {
  return Array.from(markdown.matchAll(/^```([^\n]*)\n(.*?)^```$/gms), ([, language = "", text = ""]) => ({
    language: language.trim(),
    text,
  }));
}

function sessionsOf({ text }: Block): Session[] {
  return text
    .split(/^\$ /m)
    .slice(1)
    .map((session) => {
      const [command = "", ...output] = session.split("\n");
      return { command, output: output.join("\n").trimEnd() };
    });
}

/** Writes the files of a page; they may be imported, and run, where they lie. */
function extract(path: string): Page {
  const folder = join(OUT, path.endsWith(".md") ? basename(path, ".md").toLowerCase() : path.replaceAll("/", "-"));
  mkdirSync(folder, { recursive: true });
  const text = readFileSync(path, "utf8");
  const blocks = blocksOf(path.endsWith(".ts") ? text.replaceAll(/^ \* ?/gm, "") : text);
  const snippets: string[] = [];
  for (const [index, { language, text }] of blocks.entries()) {
    if (language !== "ts" && language !== "js" && language !== "yaml") continue;
    const name = /^(?:\/\/|#) ([\w./-]+\.(?:ts|js|yaml))$/.exec(text.split("\n", 1)[0] ?? "")?.[1];
    if (!name && language === "yaml") continue;
    if (!name) snippets.push(`snippet-${index + 1}.js`);
    const file = join(folder, name ?? `snippet-${index + 1}.${language}`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, name ? text : `${text}\nexport {};\n`);
  }
  if (path.endsWith(".ts")) {
    // One process for all of them: most only declare a class.
    writeFileSync(join(folder, "examples.js"), snippets.map((snippet) => `import "./${snippet}";\n`).join(""));
    snippets.splice(0, snippets.length, "examples.js");
  }
  const sessions = blocks.filter(({ language }) => language === "console").flatMap(sessionsOf);
  const settings = blocks.find(({ language, text }) => language === "json" && text.includes('"compilerOptions"'));
  if (settings) writeFileSync(join(folder, "tsconfig.json"), settings.text);
  return { path, folder, snippets, sessions, hasCompilerSettings: settings !== undefined };
}

function run(command: string, folder: string): string {
  const [program = "", ...args] = command.replace(/^npx ligand/, "node ../../../dist/cli/main.js").split(" ");
  const { stdout, stderr } = spawnSync(program === "node" ? process.execPath : program, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", NODE_NO_WARNINGS: "1" },
  });
  // The log's line about which modules started has the time in it.
  return (stdout + stderr.replaceAll(/^\S+ info Started \d+ modules?: .*\n/gm, "")).trimEnd();
}

describe("the documentation's code", () => {
  rmSync(OUT, { recursive: true, force: true });
  const pages = PAGES.map(extract);

  before("compiles", () => {
    const config = {
      extends: "../../tsconfig.base.json",
      compilerOptions: {
        composite: false,
        declaration: false,
        sourceMap: false,
        inlineSources: false,
        noUnusedLocals: false,
        noUnusedParameters: false,
      },
      include: ["**/*.ts"],
    };
    writeFileSync(join(OUT, "tsconfig.json"), JSON.stringify(config));
    execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", OUT], {
      stdio: ["ignore", "inherit", "inherit"],
    });
  });

  for (const { path, folder, snippets, sessions, hasCompilerSettings } of pages) {
    if (hasCompilerSettings) {
      it(`${path}: its own compiler settings compile its code`, () => {
        expect(run(`node ../../../node_modules/typescript/bin/tsc --noEmit`, folder)).to.equal("");
      });
    }
    for (const snippet of snippets) {
      it(`${path}: ${snippet} runs`, () => {
        expect(run(`node ${snippet}`, folder)).to.equal("");
      });
    }
    for (const { command, output } of sessions) {
      it(`${path}: \`${command}\` prints what the page says`, () => {
        expect(run(command, folder)).to.equal(output);
      });
    }
  }
});
