// Runs an example: `npm run example minimal`. Without a name, says which there are.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const root = join(import.meta.dirname, "..");
const examples = join(root, "examples");
const names = readdirSync(examples)
  .filter((name) => existsSync(join(examples, name, "main.ts")))
  .sort();
const [name, ...rest] = process.argv.slice(2);

if (name !== undefined && names.includes(name)) {
  const main = join(root, "build", "examples", name, "main.js");
  process.chdir(root);
  process.argv.splice(1, process.argv.length, main, ...rest);
  await import(pathToFileURL(main).href);
} else {
  if (name !== undefined) console.error(`There is no example ${JSON.stringify(name)}.`);
  console.error("Usage: npm run example <name>\n");
  for (const known of names) {
    const [title = ""] = readFileSync(join(examples, known, "README.md"), "utf8").split("\n");
    console.error(`  ${known.padEnd(20)} ${title.replace(/^# /, "")}`);
  }
  process.exitCode = 1;
}
