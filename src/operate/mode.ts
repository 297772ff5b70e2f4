import type { HookSettings, OperateSettings } from "../config/operate/operate-settings.js";

/** Whether a callback decides anything, at least for a share. */
export function isEnforced({ mode, share }: HookSettings): boolean {
  return mode === "enforce" && share > 0;
}

/** Whether a module answers requests of its web paths: in shadow it answers no request. */
export function servesPaths({ operate }: { readonly operate?: OperateSettings }): boolean {
  return operate?.mode !== "shadow";
}
