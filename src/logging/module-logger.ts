import type { Logger } from "winston";

/**
 * The logger that a module receives: it writes where `root` writes, and each line carries the module's id as `module`.
 *
 * @param root Ligand's logger or a winston logger of the host's own.
 */
export function moduleLogger(root: Logger, info: { readonly id: string }): Logger {
  return root.child({ module: info.id });
}
