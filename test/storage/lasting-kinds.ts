import { PGLITE, type Kind } from "../examples/homeserver/storages.js";
import { onServer, SERVER } from "./cluster.js";

let schemas = 0;

/** Each place is a schema of its own on the one server. */
export const POSTGRESQL: Kind = {
  name: "PostgreSQL",
  async create() {
    const schema = `test_${process.pid}_${(schemas += 1)}`;
    await onServer(`CREATE SCHEMA ${schema}`);
    const place = new URL(SERVER!);
    place.searchParams.set("options", `-c search_path=${schema}`);
    return {
      place: { url: place.href },
      remove: async () => void (await onServer(`DROP SCHEMA ${schema} CASCADE`)),
    };
  },
};

/** The kinds of places that outlive a process. */
export const LASTING_KINDS: readonly Kind[] = [PGLITE, ...(SERVER === undefined ? [] : [POSTGRESQL])];
