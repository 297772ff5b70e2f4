import type { Position } from "../errors/problem.js";
import type { HttpMethod } from "./http-method.js";
import { webResourcesOf, type WebCallback } from "./web-resource.js";

/** The module that serves a path. */
export interface WebModule {
  readonly id: string;
  /** Where the configuration lists the module; absent without a file. */
  readonly position?: Position;
}

/** One web resource of a running module. */
export interface WebMount {
  readonly module: WebModule;
  readonly path: string;
  readonly methods: readonly HttpMethod[];
  readonly handle: WebCallback;
}

/** The web resources of a module, bound to its instance. */
export function webMountsOf(module: WebModule, instance: object): WebMount[] {
  const moduleClass = instance.constructor as new () => object;
  return webResourcesOf(moduleClass).map(({ path, methods, method }) => {
    const callback = (instance as Record<string | symbol, WebCallback>)[method] as WebCallback;
    return Object.freeze({ module, path, methods, handle: callback.bind(instance) });
  });
}
