// Installs packages that only some commands need, so that `npm ci` need not bring them:
//   node scripts/packages.mjs [NAME…]
// (scripts/with-packages.mjs runs a command that is one of them.)
// Each name is a folder of scripts/packages/; without names, all are installed. The code that imports the packages finds
// them by a link `node_modules` beside it: a package.json in its place would end the reach of `ligand` and `#src`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..");
/** Where each is imported: in the sources, for the compiler, and in what was compiled. Of some, only commands are run. */
const IMPORTED_IN = {
  authors: [],
  bench: ["bench", "build/bench"],
  browser: ["test/browser", "build/test/browser"],
  check: [],
  clients: [
    "examples/homeserver/clients",
    "build/examples/homeserver/clients",
    "test/storage",
    "build/test/storage",
    "scripts/synapse",
  ],
  "everyday-clients": ["test/clients", "build/test/clients"],
  pack: ["scripts/pack"],
  synapse: ["test/synapse", "build/test/synapse"],
};

/** Where the packages are, once they're installed. */
export function install(name) {
  const folder = join(import.meta.dirname, "packages", name);
  const packages = join(folder, "node_modules");
  const lock = readFileSync(join(folder, "package-lock.json"), "utf8");
  const installed = join(packages, ".installed.json");
  if (!existsSync(installed) || readFileSync(installed, "utf8") !== lock) {
    // Standard output is that of the command that needs them, such as `npm pack --json`.
    console.error(`Installing the packages of scripts/packages/${name}`);
    execFileSync("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"], {
      cwd: folder,
      stdio: ["ignore", 2, 2],
    });
    writeFileSync(installed, lock);
  }
  for (const place of IMPORTED_IN[name]) {
    const link = join(ROOT, place, "node_modules");
    mkdirSync(join(ROOT, place), { recursive: true });
    rmSync(link, { recursive: true, force: true });
    symlinkSync(relative(join(ROOT, place), packages), link, "dir");
  }
  return packages;
}

if (import.meta.filename === process.argv[1]) {
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : Object.keys(IMPORTED_IN)) {
    if (!Object.hasOwn(IMPORTED_IN, name)) {
      console.error(`There are no packages ${JSON.stringify(name)}; there are ${Object.keys(IMPORTED_IN).join(", ")}.`);
      process.exit(1);
    }
    install(name);
  }
}
