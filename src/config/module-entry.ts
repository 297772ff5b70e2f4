import { IsBoolean, IsNotEmpty, IsOptional, IsString } from "class-validator";
import { configClass } from "./config-class/config-class.js";
import type { Locate } from "./config-path.js";
import type { KeyMeaning } from "./key-meaning.js";
import type { OperateSettings } from "./operate/operate-settings.js";

/** One item of the section `modules:` of a configuration file, validated. */
export interface ModuleEntry {
  /** The place in the section, from 0. */
  readonly index: number;
  /** What to load: `package-or-path#Export`. */
  readonly specifier: string;
  /** The id that the entry gives the module; by default the name of the export. */
  readonly id?: string;
  /** Whether to load the module. */
  readonly enabled: boolean;
  /** What is written below `config`, as plain data. */
  readonly config: Readonly<Record<string, unknown>>;
  /** What the administrator decided about the module; undefined when nothing is written. */
  readonly operate?: OperateSettings;
  /** The absolute path of the folder that holds the configuration file; relative specifiers start there. */
  readonly directory: string;
  /** Where the parts of the entry are written; paths start at the entry. */
  readonly locate: Locate;
}

/**
 * The keys of a module entry, as every config class: property names are the keys. With {@link KEY_MEANINGS} it's all that
 * is said of them: messages, the schema for editors and the table in docs/configuration.md follow from both.
 */
export class ModuleEntryKeys {
  /** What to load: an npm package, or a path relative to the configuration file, then `#` and the name of the export. */
  @IsNotEmpty({ message: "must not be empty" })
  @IsString({ message: "must be a string such as `my-package#MyModule` or `./my-module.js#MyModule`" })
  module!: string;

  /** Names the module in logs and metrics. */
  @IsOptional()
  @IsNotEmpty({ message: "must not be empty" })
  @IsString({ message: "must be a string" })
  id?: string | null;

  /** Whether to load the module. */
  @IsOptional()
  @IsBoolean({ message: "must be `true` or `false`" })
  enabled?: boolean | null = true;

  /** The module's own config. */
  config: unknown = {};

  /** What the administrator decides about the module: see `OperateKeys`. */
  operate: unknown = undefined;
}

/** What each key means, in the order of the documentation. */
export const KEY_MEANINGS: Readonly<Record<keyof ModuleEntryKeys, KeyMeaning>> = {
  module: {
    meaning:
      "what to load, `package-or-path#Export`: an npm package, or a path relative to the configuration file that starts with `./`, `../` or `/`. Without `#` the default export",
  },
  config: { meaning: "the module's own configuration; its keys are documented by the module" },
  id: {
    meaning: "names the module in logs and metrics",
    byDefault: "the name of the export, numbered when it repeats",
  },
  enabled: { meaning: "whether the module is loaded" },
  operate: {
    meaning: "what the module may do: its time, its process, whom it's asked about, and what its failures lead to",
    byDefault: "nothing",
  },
};

/** What is known of the keys of an entry: which there are, which a file must give, and their rules. */
export const MODULE_ENTRY = configClass(ModuleEntryKeys);
