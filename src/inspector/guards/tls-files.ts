import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";
import { LigandError } from "../../errors/ligand-error.js";
import { readRegular } from "../../services/readable-file.js";

/** The files of a certificate and its key, in PEM. @public */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** What an HTTPS server needs. */
export interface TlsContents {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * Reads a certificate and its key, and makes sure that they can serve HTTPS together.
 *
 * @throws {LigandError} `LIGAND_LISTEN_FAILED`, with the file that's wrong.
 */
export async function readTlsFiles(files: TlsFiles): Promise<TlsContents> {
  const [cert, key] = [await contentOf(files.cert), await contentOf(files.key)];
  const certificate = certificateIn(cert, files.cert);
  if (!certificate.checkPrivateKey(keyIn(key, files.key))) {
    throw unusable(`${files.key} isn't the key of the certificate in ${files.cert}`, {
      remedy: `Name the key that was made with ${files.cert}; of several certificates in a file, the server's own comes first.`,
    });
  }
  try {
    createSecureContext({ cert, key });
  } catch (cause) {
    throw unusable(`the certificate in ${files.cert} can't be used for HTTPS`, {
      cause,
      remedy: "Make a new one: OpenSSL says above what it doesn't accept.",
    });
  }
  return { cert, key };
}

async function contentOf(file: string): Promise<Buffer> {
  try {
    return await readRegular(file);
  } catch (cause) {
    throw unusable(`can't read ${file}, which the inspector needs for HTTPS`, {
      cause,
      remedy: "Let the user of this process read it.",
    });
  }
}

function certificateIn(content: Buffer, file: string): X509Certificate {
  try {
    // Node reads DER here, too, but not where it serves.
    if (labelIn(content) !== undefined) return new X509Certificate(content);
  } catch (cause) {
    throw notA("certificate", content, file, { cause });
  }
  throw notA("certificate", content, file);
}

function keyIn(content: Buffer, file: string): KeyObject {
  try {
    return createPrivateKey(content);
  } catch (cause) {
    if (!content.includes("ENCRYPTED")) throw notA("private key", content, file, { cause });
    // What OpenSSL says of a passphrase that it wasn't given would mislead.
    throw unusable(`${file} must be a private key without a passphrase, but it's encrypted`, {
      remedy: `Decrypt it by \`openssl pkey -in ${file} -out KEY\`, and name the new file by --inspector-key.`,
    });
  }
}

const OPTIONS = { certificate: "--inspector-cert", "private key": "--inspector-key" } as const;

function notA(what: keyof typeof OPTIONS, content: Buffer, file: string, more: { readonly cause?: unknown } = {}) {
  const label = labelIn(content);
  // Not more of it: it may be a key.
  const found =
    label === undefined ? "has no PEM" : label.toLowerCase().includes(what) ? "is broken" : `has a ${label}`;
  return unusable(`${file} must be a ${what} in PEM, but it ${content.length === 0 ? "is empty" : found}`, {
    ...more,
    remedy: `Name a file that begins with \`-----BEGIN ${what.toUpperCase()}-----\` by ${OPTIONS[what]}.`,
  });
}

/** What the first part of a PEM file is. */
function labelIn(content: Buffer): string | undefined {
  return /-----BEGIN ([A-Z0-9 ]{1,40})-----/.exec(content.toString("latin1"))?.[1];
}

function unusable(message: string, more: { readonly remedy: string; readonly cause?: unknown }): LigandError {
  return new LigandError("LIGAND_LISTEN_FAILED", message, more);
}
