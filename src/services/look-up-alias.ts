import { RoomAlias, type RoomId } from "../matrix/identifiers.js";
import { NotFoundError } from "../matrix/matrix-error.js";

/** Where an alias points. @public */
export interface ResolvedAlias {
  readonly roomId: RoomId;
  /** Servers in the room. */
  readonly hosts: readonly string[];
}

/**
 * The room of an alias; the alias's own server is first among the hosts.
 *
 * @param resolve asks the directory of the alias's server; null for an unknown alias.
 * @throws {MatrixError} 400 `M_INVALID_PARAM` for a malformed alias; 404 `M_NOT_FOUND` for an unknown one.
 */
export async function lookUpAlias(
  alias: string,
  resolve: (alias: RoomAlias) => Promise<ResolvedAlias | null>,
): Promise<ResolvedAlias> {
  const parsed = RoomAlias.fromString(alias);
  const found = await resolve(parsed);
  if (found === null) throw new NotFoundError(`Room alias ${alias} doesn't exist`);
  const { domain } = parsed;
  if (!found.hosts.includes(domain)) return found;
  return { roomId: found.roomId, hosts: [domain, ...found.hosts.filter((host) => host !== domain)] };
}
