import type { OperateSettings } from "../config/operate/operate-settings.js";

/** Whether a module answers requests of its web paths: in shadow it answers no request. */
export function servesPaths({ operate }: { readonly operate?: OperateSettings }): boolean {
  return operate?.mode !== "shadow";
}
