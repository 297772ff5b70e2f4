import { IsBoolean, IsNotEmpty, IsOptional, IsString } from "class-validator";
import type { Locate } from "./config-path.js";

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
  /** The absolute path of the folder that holds the configuration file; relative specifiers start there. */
  readonly directory: string;
  /** Where the parts of the entry are written; paths start at the entry. */
  readonly locate: Locate;
}

/** The keys of a module entry, as every config class: property names are the keys. */
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
}
