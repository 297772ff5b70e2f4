// The package.json that is packed says nothing of how Ligand itself is built: npm warns of the script `prepare`.
//   node scripts/packed-manifest.mjs strip     before npm packs
//   node scripts/packed-manifest.mjs restore   afterwards
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const MANIFEST = join(ROOT, "package.json");
const KEPT = join(ROOT, "build", "package.json.whole");
const OF_THE_WORKSHOP = ["scripts", "devDependencies", "overrides", "allowScripts", "workspaces"];

function strip() {
  // One is there where npm was interrupted while it packed: then package.json is stripped already.
  restore();
  const whole = readFileSync(MANIFEST, "utf8");
  mkdirSync(join(ROOT, "build"), { recursive: true });
  writeFileSync(KEPT, whole);
  const manifest = Object.fromEntries(
    Object.entries(JSON.parse(whole)).filter(([key]) => !OF_THE_WORKSHOP.includes(key)),
  );
  // In one step: another process may read it.
  writeFileSync(`${MANIFEST}.stripped`, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(`${MANIFEST}.stripped`, MANIFEST);
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
