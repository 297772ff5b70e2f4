import { EventEmitter, once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Host } from "#src/container/host.js";
import { CancelledError } from "#src/errors/cancelled-error.js";
import type { HookContext } from "#src/hooks/context.js";
import { createLogger } from "#src/logging/create-logger.js";
import { createWeb } from "#src/web/create-web.js";
import { parseJsonObject } from "#src/web/parse-json-object.js";
import { webMountsOf } from "#src/web/web-mount.js";
import { WebResource } from "#src/web/web-resource.js";
import { CapturedStream } from "../logging/captured-stream.js";
import { failureOf } from "../failure-of.js";

/** What the server of an adapter is built from. */
export interface ServerParts {
  readonly host: Pick<Host, "fetch">;
  /** What `GET /own/waits` does: settles when the client of the request goes away. */
  readonly wait: (context: HookContext) => Promise<void>;
}

class Echo {
  /** Emits `asked` and `gone` as a client asks for what never comes, and goes away. */
  readonly waiting = new EventEmitter();

  @WebResource("/_synapse/client/echo", { methods: ["GET", "POST"] })
  async echo(request: Request) {
    const { pathname, search } = new URL(request.url);
    const body = request.method === "POST" ? await parseJsonObject(request) : null;
    const headers = new Headers([
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
    ]);
    return Response.json({ path: pathname + search, header: request.headers.get("x-test"), body }, { headers });
  }

  @WebResource("/_synapse/client/waits")
  async wait({ signal }: Request): Promise<Response> {
    this.waiting.emit("asked");
    await once(signal, "abort");
    this.waiting.emit("gone");
    throw new CancelledError();
  }

  @WebResource("/_synapse/client/fails")
  fails(): Response {
    throw new RangeError("the text of the error");
  }
}

/**
 * Describes what a server does that has a host's web resources before routes of its own: `GET /own` answers "own",
 * `POST /own` answers the body that it received, and `GET /own/waits` waits for its client to go away.
 */
export function describeAdapter(name: string, start: (parts: ServerParts) => Promise<Server>): void {
  describe(`a module's web resources behind ${name}`, () => {
    const module = new Echo();
    const log = new CapturedStream();
    const own = new EventEmitter();
    const wait = async ({ signal }: HookContext) => {
      own.emit("asked");
      await once(signal!, "abort");
      own.emit("gone");
    };
    let server: Server;
    let url: string;

    before(async () => {
      const mounts = webMountsOf({ id: "echo" }, module);
      server = await start({ host: createWeb(mounts, createLogger({ format: "json", stream: log })), wait });
      if (!server.listening) await once(server, "listening");
      url = `http://localhost:${(server.address() as AddressInfo).port}`;
    });

    after(() => {
      const closed = new Promise((resolve) => server.close(resolve));
      // `fetch` keeps connections, which may not count as idle yet.
      server.closeAllConnections();
      return closed;
    });

    it(`a module's web resources behind ${name} reach the module with path, query, headers and body`, async () => {
      const response = await fetch(`${url}/_synapse/client/echo/below?q=1`, {
        method: "POST",
        headers: { "X-Test": "yes", "Content-Type": "application/json" },
        body: JSON.stringify({ text: "é".repeat(100_000) }),
      });
      expect(response.status).to.equal(200);
      expect(response.headers.get("Access-Control-Allow-Origin")).to.equal("*");
      expect(response.headers.getSetCookie()).to.deep.equal(["a=1", "b=2"]);
      expect(await response.json()).to.deep.equal({
        path: "/_synapse/client/echo/below?q=1",
        header: "yes",
        body: { text: "é".repeat(100_000) },
      });
    });

    it(`a module's web resources behind ${name} answer HEAD, and Matrix errors`, async () => {
      const head = await fetch(`${url}/_synapse/client/echo`, { method: "HEAD" });
      expect([head.status, await head.text()]).to.deep.equal([200, ""]);
      const wrongMethod = await fetch(`${url}/_synapse/client/echo`, { method: "DELETE" });
      expect([wrongMethod.status, await wrongMethod.json()]).to.deep.equal([
        405,
        { errcode: "M_UNRECOGNIZED", error: "Unrecognized request" },
      ]);
      const failed = await fetch(`${url}/_synapse/client/fails`);
      expect([failed.status, await failed.json()]).to.deep.equal([
        500,
        { errcode: "M_UNKNOWN", error: "Internal server error" },
      ]);
    });

    it(`a module's web resources behind ${name} abort the request's signal when the client goes away`, async () => {
      const client = new AbortController();
      const [asked, gone] = [once(module.waiting, "asked"), once(module.waiting, "gone")];
      const response = failureOf(fetch(`${url}/_synapse/client/waits`, { signal: client.signal }));
      await asked;
      client.abort();
      await gone;
      expect(await response).to.have.property("name", "AbortError");
    });

    it(`a module's web resources behind ${name} name the request in the log by the id that the client sees`, async () => {
      const response = await fetch(`${url}/_synapse/client/fails`);
      const [requestId] = log.lines.slice(-1).map((line) => (JSON.parse(line) as { requestId: unknown }).requestId);
      expect(requestId).to.be.a("string").that.equals(response.headers.get("X-Request-Id"));
    });

    it(`a module's web resources behind ${name} leave to the server's own routes a signal that aborts when the client goes away`, async () => {
      const client = new AbortController();
      const [asked, gone] = [once(own, "asked"), once(own, "gone")];
      const response = failureOf(fetch(`${url}/own/waits`, { signal: client.signal }));
      await asked;
      client.abort();
      await gone;
      expect(await response).to.have.property("name", "AbortError");
    });

    it(`a module's web resources behind ${name} leave all else to the server's own routes, bodies included`, async () => {
      const get = await fetch(`${url}/own`);
      expect([get.status, await get.text()]).to.deep.equal([200, "own"]);
      const body = "x".repeat(100_000);
      const post = await fetch(`${url}/own`, { method: "POST", body, headers: { "Content-Type": "text/plain" } });
      expect([post.status, await post.text()]).to.deep.equal([200, body]);
      expect((await fetch(`${url}/_synapse/client/other`)).status).to.equal(404);
    });
  });
}
