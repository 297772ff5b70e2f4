import type { CallbackName } from "../hooks/callback-name.js";
import type { LoadedModule } from "../modules/load-modules.js";
import { servesPaths } from "../operate/mode.js";
import { webResourcesOf } from "../web/web-resource.js";

export interface ExplainedWebPath {
  readonly path: string;
  /** The callbacks that serve the path, by HTTP method. */
  readonly callbacks: readonly (CallbackName & { readonly methods: readonly string[] })[];
  /** The ids of modules that declare the path later: the first one keeps it. */
  readonly refused: readonly string[];
}

/** The paths that modules declare. */
export function explainWebPaths(modules: readonly LoadedModule[]): ExplainedWebPath[] {
  const declared = modules.filter(servesPaths).flatMap(({ info, class: moduleClass }) =>
    webResourcesOf(moduleClass).map(({ path, methods, method }) => ({
      path,
      module: info.id,
      name: `${moduleClass.name}.${String(method)}`,
      methods,
    })),
  );
  return [...new Set(declared.map(({ path }) => path))].map((path) => {
    const ofPath = declared.filter((other) => other.path === path);
    const owner = ofPath[0]?.module;
    return {
      path,
      callbacks: ofPath
        .filter(({ module }) => module === owner)
        .map(({ module, name, methods }) => ({ module, name, methods })),
      refused: [...new Set(ofPath.map(({ module }) => module))].filter((module) => module !== owner),
    };
  });
}
