// The package.json that is packed names the joined files of `bundle/` and not those of `dist/`, and needs no packages that
// are joined with them. It says nothing of how Ligand itself is built: npm warns of the script `prepare`.
//   node scripts/packed-manifest.mjs strip     before npm packs
//   node scripts/packed-manifest.mjs restore   afterwards
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { JOINED } from "./pack/bundle.mjs";

const ROOT = join(import.meta.dirname, "..");
const MANIFEST = join(ROOT, "package.json");
const KEPT = join(ROOT, "build", "package.json.whole");
const OF_THE_WORKSHOP = ["imports", "scripts", "devDependencies", "overrides", "allowScripts", "workspaces"];
/** Declarations of the public API import it. */
const IN_DECLARATIONS = ["inversify"];

function strip() {
  // One is there where npm was interrupted while it packed: then package.json is stripped already.
  restore();
  const whole = readFileSync(MANIFEST, "utf8");
  mkdirSync(join(ROOT, "build"), { recursive: true });
  writeFileSync(KEPT, whole);
  const manifest = joined(without(JSON.parse(whole), OF_THE_WORKSHOP));
  // In one step: another process may read it.
  writeFileSync(`${MANIFEST}.stripped`, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(`${MANIFEST}.stripped`, MANIFEST);
}

/** Programs are of `bundle/`; their declarations stay where they are. */
function joined({ files, dependencies, ...manifest }) {
  const paths = JSON.stringify(manifest).replace(/"\.\/dist\/([^"]+)\.js"/g, '"./bundle/$1.js"');
  const needless = JOINED.filter((name) => !IN_DECLARATIONS.includes(name));
  return {
    ...JSON.parse(paths),
    files: ["bundle", ...files.map((file) => (file === "dist" ? "dist/**/*.d.ts" : file))],
    dependencies: without(dependencies, needless),
  };
}

function without(object, keys) {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function restore() {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}

const [step] = process.argv.slice(2);
if (step === "strip") strip();
else if (step === "restore") restore();
else {
  console.error("Usage: node scripts/packed-manifest.mjs strip|restore");
  process.exitCode = 1;
}
