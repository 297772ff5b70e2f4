import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Those that this process was given. */
const given = new Set();

/**
 * A port of this machine on which no process listens. It's below those that systems give out by themselves, or another
 * socket could have it by the time that someone listens.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(10_000, 32_000);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const listening = once(server, "listening");
    server.listen(port, "127.0.0.1");
    if (!(await listening.then(Boolean, () => false))) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}
