import type { Newable } from "inversify";
import type { ConfigType } from "../config/config-type.js";
import { moduleMetadata } from "./module.js";

/**
 * Which configs a module accepts, if it has a config class. Only then the packages that validate are loaded: they take
 * more time and memory than all the rest of a module's process.
 */
export async function configTypeOf(Class: Newable<object>): Promise<ConfigType | undefined> {
  const Config = moduleMetadata(Class)?.config;
  if (!Config) return undefined;
  const { configClass } = await import("../config/config-class/config-class.js");
  return configClass(Config);
}
