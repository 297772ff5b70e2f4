import type { Outcome } from "../errors/outcome.js";
import type { Locate } from "./config-path.js";
import type { JsonSchema, SharedSchemas } from "./json-schema.js";

/** Which configs are valid: all that the code that reads, checks or describes a config knows about its type. */
export interface ConfigType<T = object> {
  /** The keys of the config itself and of each type of mapping in it, outer ones first. */
  readonly keys: readonly KeysOfMapping[];
  /**
   * Makes a config from plain data and validates it. Nothing is converted: a string stays a string.
   *
   * @param raw what the configuration says
   * @param locate where the parts of `raw` are written
   * @param path the path of `raw` as text, such as `modules[1].config`
   * @param known what the same `raw` came to before; if it comes to the same again, its rules aren't asked again
   */
  check(raw: object, locate: Locate, path: string, known?: unknown): Promise<Outcome<T>>;
  /** The schema of the config, for editors. */
  jsonSchema(shared: SharedSchemas): Promise<JsonSchema>;
}

/** The keys of one type of mapping. */
export interface KeysOfMapping {
  /** The type: the same wherever configs use it. */
  readonly type: object;
  /** How a message names the type, such as ``the config class `Filter` ``. */
  readonly name: string;
  readonly keys: readonly KnownKey[];
}

/** A key that is known. */
export interface KnownKey {
  readonly key: string;
  /** Whether a file must give it. */
  readonly isRequired: boolean;
  /** Whether a rule looks at its value. */
  readonly isChecked: boolean;
}
