// Runs a command and measures what it covers, by the thresholds of .c8rc.json. Files that compile to nothing have only types:
// nothing of them can run, so they aren't counted.
//   node scripts/with-packages.mjs check node scripts/coverage.mjs COMMAND [ARGUMENT…]
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const NOTHING = /^(?:export \{\};)?\s*$/;
const COMMENTS = /\/\/.*|\/\*[^]*?\*\//g;

const compiled = readdirSync("dist", { recursive: true }).filter((name) => name.endsWith(".js"));
const ofTypes = compiled.filter((name) => NOTHING.test(readFileSync(join("dist", name), "utf8").replace(COMMENTS, "")));
// By the name of the source as well, to which what was measured is mapped.
const names = ofTypes.map((name) => name.replaceAll("\\", "/").replace(/\.js$/, ""));
const excluded = ["**/*.d.ts", ...names.flatMap((name) => [`dist/${name}.js`, `src/${name}.ts`])];
const flags = excluded.flatMap((pattern) => ["--exclude", pattern]);
const { status, error } = spawnSync("c8", [...flags, ...process.argv.slice(2)], { stdio: "inherit" });
if (error) console.error(`c8 can't be started: ${error.message}`);
process.exitCode = status ?? 1;
