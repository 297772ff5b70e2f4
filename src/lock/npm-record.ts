import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

/** What npm recorded of a package at a place in the tree. */
interface RecordedPackage {
  readonly name?: string;
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package that others depend on. */
export interface Dependency {
  readonly name: string;
  readonly version: string;
  /** npm's: of the package's tarball. */
  readonly integrity?: string;
  /** The folder of one that is linked, which npm has no integrity of. */
  readonly linkedTo?: string;
}

/** What npm wrote about the packages that it installed in a folder. */
export class NpmRecord {
  private constructor(
    private readonly root: string,
    private readonly packages: Readonly<Record<string, RecordedPackage>>,
  ) {}

  /** The record that covers a folder: of what is installed, or else of what should be. */
  static async over(folder: string): Promise<NpmRecord | undefined> {
    for (let root = folder; ; root = dirname(root)) {
      const packages =
        (await packagesIn(join(root, "node_modules", ".package-lock.json"))) ??
        (await packagesIn(join(root, "package-lock.json")));
      if (packages) return new NpmRecord(root, packages);
      if (root === dirname(root)) return undefined;
    }
  }

  /**
   * The packages that code in a folder gets for names, and those that they depend on in turn; each once.
   *
   * @param optional names that needn't be installed
   * @returns the names that npm recorded nothing of, too
   */
  closure(
    folder: string,
    needed: readonly string[],
    optional: readonly string[],
  ): { found: readonly Dependency[]; missing: readonly string[] } {
    const missing: string[] = [];
    const places = new Set<string>();
    const add = (from: string, name: string, isOptional: boolean) => {
      const place = this.#placeOf(from, name);
      if (place !== undefined) places.add(place);
      else if (!isOptional) missing.push(name);
    };
    const start = relative(this.root, folder).split(sep).join("/");
    for (const name of needed) add(start, name, false);
    for (const name of optional) add(start, name, true);
    // A set is walked to its end, what is added on the way included.
    for (const place of places) {
      const { dependencies, optionalDependencies, peerDependencies } = this.packages[this.#realPlace(place)] ?? {};
      for (const name of Object.keys(dependencies ?? {})) add(this.#realPlace(place), name, false);
      for (const name of Object.keys({ ...optionalDependencies, ...peerDependencies })) {
        if (name !== "ligand") add(this.#realPlace(place), name, true);
      }
    }
    return { found: Array.from(places, (place) => this.#dependencyAt(place)), missing };
  }

  /** Where Node finds a package from a folder: in the nearest `node_modules`. */
  #placeOf(from: string, name: string): string | undefined {
    const folders = from === "" ? [] : from.split("/");
    for (let depth = folders.length; depth >= 0; depth--) {
      if (folders[depth - 1] === "node_modules") continue;
      const place = [...folders.slice(0, depth), "node_modules", name].join("/");
      if (Object.hasOwn(this.packages, place)) return place;
    }
    return undefined;
  }

  #realPlace(place: string): string {
    const { link, resolved = place } = this.packages[place] ?? {};
    return link ? resolved : place;
  }

  #dependencyAt(place: string): Dependency {
    const real = this.#realPlace(place);
    const { name, version = "", integrity, resolved } = this.packages[real] ?? {};
    // A package of a Git repository has no integrity, but the commit.
    const recorded = integrity ?? (resolved?.startsWith("git") ? resolved : undefined);
    return {
      name: name ?? place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      ...(recorded !== undefined && { integrity: recorded }),
      ...(real !== place && { linkedTo: join(this.root, real) }),
    };
  }
}

async function packagesIn(file: string): Promise<Readonly<Record<string, RecordedPackage>> | undefined> {
  try {
    const { packages } = JSON.parse(await readFile(file, "utf8")) as { packages?: Record<string, RecordedPackage> };
    return packages;
  } catch {
    // Not of npm, or of a version that recorded less: the lock then says that it can't follow the dependencies.
    return undefined;
  }
}
