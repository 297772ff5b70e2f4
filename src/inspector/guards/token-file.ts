import { randomBytes } from "node:crypto";
import { lstat, mkdtemp, open, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { LigandError } from "../../errors/ligand-error.js";

/** A token, and the file that has it. */
export interface TokenFile {
  readonly token: string;
  readonly path: string;
  /** Removes the file. */
  readonly remove: () => Promise<void>;
}

/**
 * Makes a token in a file that only its owner can read. The token of an earlier start is replaced.
 *
 * @param path by default a file in a new folder for temporary files
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`.
 */
export async function makeTokenFile(path: string | undefined): Promise<TokenFile> {
  const folder = path === undefined ? await mkdtemp(join(tmpdir(), "ligand-inspector-")) : undefined;
  const file = path ?? join(folder!, "token");
  const token = randomBytes(32).toString("base64url");
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
  const remove = () => (folder ? rm(folder, { recursive: true, force: true }) : rm(file, { force: true }));
  return { token, path: file, remove };
}

async function assertReplaceable(file: string): Promise<void> {
  const found = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (!found || found.isFile()) return;
  throw new LigandError("LIGAND_LISTEN_FAILED", `${file} exists and isn't a regular file`, {
    remedy: "Name another file by --inspector-token-file.",
  });
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
