import { randomBytes } from "node:crypto";
import { lstat, mkdtemp, open, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ifThere } from "../../errors/if-there.js";
import { LigandError } from "../../errors/ligand-error.js";

/** A token, and the file that has it. */
export interface TokenFile {
  readonly token: string;
  readonly path: string;
  /** Removes the file, unless another process has written its own token to it. */
  readonly remove: () => Promise<void>;
}

const TOKEN_BYTES = 32;
/** What the file of a token has, and nothing else. */
const TOKEN = /^[\w-]{43}\n$/;
/** No file of a token is longer, in bytes. */
const LONGEST = 44;

/**
 * Makes a token in a file that only its owner can read. The token of an earlier start is replaced; any other file is left
 * alone.
 *
 * @param path by default a file in a new folder for temporary files
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export async function makeTokenFile(path: string | undefined): Promise<TokenFile> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), "ligand-inspector-")) : undefined;
  const file = path ?? join(folder!, "token");
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  try {
    await assertReplaceable(file);
    await write(file, token);
  } catch (cause) {
    if (cause instanceof LigandError) throw cause;
    throw new LigandError("LIGAND_LISTEN_FAILED", `can't write the inspector's token to ${file}`, {
      cause,
      remedy: `Let the user of this process write to the folder ${dirname(file)}, or name another file by --inspector-token-file.`,
    });
  }
  const remove = async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
    else if ((await readFile(file, "utf8").catch(() => undefined)) === `${token}\n`) await rm(file, { force: true });
  };
  return { token, path: file, remove };
}

async function assertReplaceable(file: string): Promise<void> {
  const found = await ifThere(lstat(file));
  if (!found || (found.isFile() && (await isReplaceable(file, found.size)))) return;
  const what = found.isFile() ? "the file of a token" : "a regular file";
  throw new LigandError("LIGAND_LISTEN_FAILED", `${file} exists and isn't ${what}`, {
    remedy: "Name another file by --inspector-token-file.",
  });
}

/** A name that was mistaken for another must not cost a configuration. */
async function isReplaceable(file: string, size: number): Promise<boolean> {
  return size === 0 || (size <= LONGEST && TOKEN.test(await readFile(file, "utf8")));
}

/** Another process never sees half a token, nor one that others may read. */
async function write(file: string, token: string): Promise<void> {
  const written = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    {
      await using handle = await open(written, "wx", 0o600);
      await handle.writeFile(`${token}\n`);
    }
    await rename(written, file);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}
