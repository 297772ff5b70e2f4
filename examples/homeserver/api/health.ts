import { Hono } from "hono";
import type { Host } from "ligand";
import type { Env } from "./request.js";

/** How the modules are doing, for monitoring; without what went wrong, because everyone who can reach the server can read it. */
export function health(host: Host): Hono<Env> {
  return new Hono<Env>().get("/", (c) => {
    const { modules, ...rest } = host.health();
    return c.json({ ...rest, modules: modules.map(({ problems: _, ...shown }) => shown) });
  });
}
