import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** What npm packs, where it's made. */
export const BUNDLE = join(ROOT, "bundle");

/** A module; its decorators are called as compilers do. */
function moduleText(name: string, options: string): string {
  return `import { Module, NOT_SPAM, SpamChecker } from "ligand";
export class ${name} {
  check() {
    return NOT_SPAM;
  }
}
const check = Object.getOwnPropertyDescriptor(${name}.prototype, "check");
SpamChecker.checkEventForSpam()(${name}.prototype, "check", check);
Module(${options})(${name});
`;
}

const CONFIG = `import { IsString } from "class-validator";
class WordsConfig {
  words = [];
}
IsString({ each: true })(WordsConfig.prototype, "words");
`;

/**
 * Runs something in the folder of a homeserver that has the package as npm installs it, and two configurations of one
 * module: `words.yaml`, whose module has a config class, and `plain.yaml`.
 */
export async function withPublished<T>(run: (folder: string) => Promise<T>): Promise<T> {
  if (!existsSync(join(BUNDLE, "index.js"))) throw new Error("run `node scripts/pack/bundle.mjs` first");
  const folder = await mkdtemp(join(tmpdir(), "ligand-published-"));
  try {
    const ligand = join(folder, "node_modules", "ligand");
    await mkdir(ligand, { recursive: true });
    const { name, version, type, exports } = JSON.parse(
      await readFile(join(ROOT, "package.json"), "utf8"),
    ) as object & {
      name: string;
      version: string;
      type: string;
      exports: object;
    };
    const manifest = JSON.stringify({ name, version, type, exports }).replaceAll("./dist/", "./bundle/");
    await writeFile(join(ligand, "package.json"), manifest);
    await symlink(BUNDLE, join(ligand, "bundle"), "dir");
    await symlink(
      join(ROOT, "node_modules", "class-validator"),
      join(folder, "node_modules", "class-validator"),
      "dir",
    );
    await writeFile(join(folder, "words.mjs"), CONFIG + moduleText("Words", "{ config: WordsConfig }"));
    await writeFile(join(folder, "plain.mjs"), moduleText("Plain", ""));
    await writeFile(join(folder, "words.yaml"), 'modules: [{ module: "./words.mjs#Words", config: { words: [a] } }]\n');
    await writeFile(join(folder, "plain.yaml"), 'modules: [{ module: "./plain.mjs#Plain" }]\n');
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
