import { Inspected } from "../inspector/inspected.js";
import { serveInspected, type ServeInspectorOptions } from "../inspector/serve-inspector.js";
import { serveModules, type ServedModules, type ServeOptions } from "../remote/module-side/serve.js";

/** Modules that an inspector shows. */
export interface InspectedModules {
  /** As `serve`. If that fails, the inspector ends. */
  readonly serve: (options: ServeOptions) => Promise<ServedModules>;
  /** Ends the inspector. */
  readonly stop: () => Promise<void>;
}

/**
 * Serves an inspector of modules that are still to be served: what's wrong with its address is known before anything else
 * runs.
 *
 * @throws {LigandError} as `serveInspector`
 */
export async function inspectServed(options: ServeInspectorOptions): Promise<InspectedModules> {
  let server: Promise<ServedModules> | undefined;
  const inspected = new Inspected(async () => (await server)!.reload());
  const inspector = await serveInspected(inspected, options);
  return {
    async serve(serving) {
      try {
        server = serveModules(serving, (host) => inspected.show(host));
        return await server;
      } catch (error) {
        await inspector.stop();
        throw error;
      }
    },
    stop: () => inspector.stop(),
  };
}
