import { createHash } from "node:crypto";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join, posix } from "node:path";

/** Files by their path, with `/`, from the folder that they're in. */
export type FilesByPath = ReadonlyMap<string, Buffer>;

/** What an installation, a build or an editor leaves, and what no code is. */
const LEFT_OUT = /^\.|^node_modules$|\.(map|tsbuildinfo)$/;

/** The files of a folder and of the folders in it, without nested packages and without what builds write for tools. */
export async function filesIn(root: string, isMeant: (path: string) => boolean = () => true): Promise<FilesByPath> {
  const files = new Map<string, Buffer>();
  const read = async (folder: string) => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      if (LEFT_OUT.test(entry.name)) continue;
      if (entry.isDirectory()) await read(path);
      else if (!isMeant(path)) continue;
      // npm packs no links; where one leads may be another place in each checkout.
      else if (entry.isSymbolicLink()) files.set(path, Buffer.from(`link to ${await readlink(join(root, path))}`));
      else if (entry.isFile()) files.set(path, await readFile(join(root, path)));
    }
  };
  await read("");
  return files;
}

/** One hash of files: of their paths and of what they say, and not of their modes, times or owners. */
export function hashOfFiles(files: FilesByPath): string {
  return hashOfLines(Array.from(files, ([path, content]) => `${sha512(content)}  ${path}`));
}

/** One hash of lines, in whichever order. */
export function hashOfLines(lines: readonly string[]): string {
  return sha512([...lines].sort().join("\n"));
}

function sha512(content: string | Buffer): string {
  return `sha512-${createHash("sha512").update(content).digest("base64")}`;
}
