import "reflect-metadata";
import type { Newable } from "inversify";
import { assertCalled, assertExperimental } from "../hooks/decorator-use.js";
import { checkOptions, classOf, oneOf } from "../options/check-options.js";
import { LigandError } from "../errors/ligand-error.js";
import { loadTransformerStorage } from "../config/config-class/transformer-storage.js";
import { COPY, VERSION } from "../package.js";
import { makeInjectable } from "./inversify.js";

/** Options of {@link Module}. @public */
export interface ModuleOptions {
  /** The class of the module's config: its properties are the keys in the file, with rules by class-validator. */
  readonly config?: Newable<object>;
  /**
   * How a reload replaces a running instance. By default the new one starts beside the old one. `stop-first` is for modules
   * that hold what only one can have, such as a port: until the new instance has started, their callbacks count as failed.
   */
  readonly reload?: "stop-first";
}

/** What {@link Module} records on a class. */
export interface ModuleMetadata {
  readonly config?: Newable<object>;
  readonly reload?: "stop-first";
}

/** A copy of this package: a process may have several. */
export interface CopyOfPackage {
  readonly version: string;
  readonly url: string;
  /** Whether it's part of a bundle. */
  readonly isBundled: boolean;
  /** The metadata of the class-transformer that comes with it. */
  readonly loadTransformerStorage: () => object;
}

interface ModuleMark extends ModuleMetadata {
  /** The copy whose `Module` decorated the class. */
  readonly copy: CopyOfPackage;
}

const OWN: CopyOfPackage = { version: VERSION, ...COPY, loadTransformerStorage };

/** Shared by all versions of the package, so that one recognises the modules of another and can refuse them. */
const MARK = Symbol.for("ligand.module");

/**
 * Makes a class a module: injectable by Inversify, and known to Ligand. A subclass inherits the hooks, injections, life
 * cycle and config class, unless it says otherwise.
 *
 * @throws {LigandError} `LIGAND_DECORATOR_MISUSED` when applied to anything but a class by `experimentalDecorators`
 *
 * @public
 */
export function Module(options: ModuleOptions = {}): <T extends Newable<object>>(Class: T) => void {
  assertCalled("Module()", options);
  checkOptions("@Module", options, { config: classOf, reload: oneOf("stop-first") });
  return (Class, ...rest: unknown[]) => {
    checkUse(Class, rest[0]);
    const base = moduleMetadata(Class);
    const { config = base?.config, reload = base?.reload } = options;
    makeInjectable(Class);
    const mark: ModuleMark = { copy: OWN, ...(config && { config }), ...(reload && { reload }) };
    Object.defineProperty(Class, MARK, { value: mark, configurable: true });
  };
}

/** What `@Module` records on a class or its base class; `undefined` for anything else. */
export function moduleMetadata(value: unknown): ModuleMetadata | undefined {
  const mark = markOf(value);
  return mark?.copy.version === VERSION ? mark : undefined;
}

/** Whether a module declares which configs are valid: by a config class, or by its own code. */
export function hasConfigRules(Class: Newable<object>): boolean {
  return moduleMetadata(Class)?.config !== undefined || hasParser(Class);
}

/** A module class that parses its config with its own code, as Synapse's modules do. */
export interface ConfigParser {
  parseConfig(config: unknown): unknown;
}

export function hasParser(Class: Newable<object>): Class is Newable<object> & ConfigParser {
  return typeof (Class as Partial<ConfigParser>).parseConfig === "function";
}

/** Whether a value is a class decorated with {@link Module} of this version of the package, whichever copy of it. */
export function isModule(value: unknown): value is Newable<object> {
  return moduleMetadata(value) !== undefined && otherVersion(value) === undefined;
}

/** Decorates a class that is a module only because it extends one. */
export function completeModule(Class: Newable<object>): void {
  if (!Object.hasOwn(Class, MARK)) Module()(Class);
}

/** The other copies of this package that decorated a class or the classes that it extends. */
export function otherCopies(value: unknown): readonly CopyOfPackage[] {
  const mark = markOf(value);
  if (mark === undefined) return [];
  const inherited = otherCopies(Object.getPrototypeOf(value));
  return mark.copy === OWN || inherited.includes(mark.copy) ? inherited : [mark.copy, ...inherited];
}

/** The copy of another version of this package that decorated a class, or a class that it extends. */
export function otherVersion(value: unknown): CopyOfPackage | undefined {
  return otherCopies(value).find(({ version }) => version !== VERSION);
}

function markOf(value: unknown): ModuleMark | undefined {
  if (typeof value !== "function") return undefined;
  try {
    return (value as { [MARK]?: ModuleMark })[MARK];
  } catch {
    // A proxy that can't be read isn't a module, but may be among the exports of a file that has one.
    return undefined;
  }
}

function checkUse(Class: unknown, context: unknown): void {
  assertExperimental("Module()", context);
  // Arrow functions and methods have no prototype.
  if (typeof Class !== "function" || Class.prototype === undefined || context !== undefined) {
    throw new LigandError("LIGAND_DECORATOR_MISUSED", "`@Module` was applied to something that isn't a class", {
      remedy: "Put `@Module()` before the class.",
    });
  }
}
