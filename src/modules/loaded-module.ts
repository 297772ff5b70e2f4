import type { Newable } from "inversify";
import type { Locate } from "../config/config-path.js";
import type { Operate } from "../config/operate/operate.js";
import type { ModuleMode } from "../config/operate/operate-keys.js";
import type { OperateSettings } from "../config/operate/operate-settings.js";
import type { Problem } from "../errors/problem.js";
import type { ModuleInfo } from "./tokens.js";

/** A module that a program passes, not a configuration file. @public */
export interface ProgrammaticEntry {
  /** The class, decorated with `@Module`. */
  readonly module: Newable<object>;
  /** Its config: plain data as in a file, or an instance of its config class. */
  readonly config?: object;
  /** Names the module in logs and metrics; the name of the class by default. */
  readonly id?: string;
  /** What the module may do, with the keys of `operate:` in a file. */
  readonly operate?: Operate;
}

/** A module class with its validated config, ready to be bound. @public */
export interface LoadedModule {
  readonly info: ModuleInfo;
  readonly class: Newable<object>;
  readonly config: unknown;
  /** Its config as its entry gives it. */
  readonly written: object;
  /** What the administrator decided about it; undefined when nothing is written. */
  readonly operate?: OperateSettings;
  /** Where the parts of its entry are written; paths start at the entry (`["config", …]`). */
  readonly locate: Locate;
}

/** A loaded module, and which entry is its own. */
export interface PlacedModule extends LoadedModule {
  /** The path of its entry, such as `modules[3]`. */
  readonly path: string;
}

/** A module that couldn't be loaded or started, and that the others run without. */
export interface FailedModule {
  readonly info: ModuleInfo;
  readonly mode: ModuleMode;
  readonly problems: readonly Problem[];
}
