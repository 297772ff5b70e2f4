import { LigandError } from "../errors/ligand-error.js";
import { resolveHere } from "../package.js";

/**
 * Loads an optional package when a service first needs it. No bundler sees the name: the packages that aren't installed
 * would end the build of every program that imports Ligand.
 *
 * @typeParam Package what it exports: `typeof import("pg")`.
 * @throws {LigandError} `LIGAND_PACKAGE_MISSING` when it isn't installed.
 */
export async function importOptional<Package>(packageName: string, neededBy: string): Promise<Package> {
  try {
    return (await import(packageName)) as Package;
  } catch (cause) {
    const code = (cause as { code?: unknown } | null)?.code;
    // An installed package that is missing one of its own dependencies fails with the same code.
    if (code !== "ERR_MODULE_NOT_FOUND" || !String(cause).includes(`'${packageName}'`)) throw cause;
    throw packageMissing(packageName, neededBy, cause);
  }
}

/**
 * Makes sure that an optional package is installed, without loading it.
 *
 * @throws {LigandError} `LIGAND_PACKAGE_MISSING` when it isn't.
 */
export function assertInstalled(packageName: string, neededBy: string): void {
  try {
    resolveHere(packageName);
  } catch (cause) {
    throw packageMissing(packageName, neededBy, cause);
  }
}

function packageMissing(packageName: string, neededBy: string, cause: unknown): LigandError {
  return new LigandError("LIGAND_PACKAGE_MISSING", `${neededBy} needs the package ${packageName}`, {
    cause,
    remedy: `Install it: npm install ${packageName}`,
  });
}
