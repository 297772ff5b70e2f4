import { createHash } from "node:crypto";
import { Hono } from "hono";
import { FakeServer, type Certificate } from "./fake-server.js";
import type { Body } from "./matrix-client.js";

const ACCESS_TOKEN = "of-an-account-of-the-identity-server";
const PEPPER = "pepper";

/**
 * An identity server of the tests: what Synapse asks of one when a user invites an address, by version 2 of the
 * identity API of the Matrix specification. It verifies no address; a test says whose an address is.
 */
export class FakeIdentityServer {
  /** The invites that a homeserver had it keep. */
  readonly invites: Body[] = [];
  readonly #users = new Map<string, string>();
  #server!: FakeServer;

  static async start(certificate: Certificate): Promise<FakeIdentityServer> {
    const fake = new FakeIdentityServer();
    fake.#server = await FakeServer.start(fake.#app(), certificate);
    return fake;
  }

  /** What a client names in a request that needs an identity server. */
  get credentials(): { id_server: string; id_access_token: string } {
    return { id_server: this.#server.name, id_access_token: ACCESS_TOKEN };
  }

  bind(medium: string, address: string, userId: string): void {
    this.#users.set(hash(medium, address), userId);
  }

  close(): void {
    this.#server.close();
  }

  #app(): Hono {
    const app = new Hono().basePath("/_matrix/identity/v2");
    app.use(async ({ req, json }, next) => {
      const token = req.header("authorization")?.replace(/^Bearer /, "") ?? req.query("access_token");
      if (token !== ACCESS_TOKEN) return json({ errcode: "M_UNAUTHORIZED", error: "Unauthorized" }, 401);
      return next();
    });
    app.get("/hash_details", ({ json }) => json({ algorithms: ["sha256"], lookup_pepper: PEPPER }));
    app.post("/lookup", async ({ req, json }) => {
      const { addresses, algorithm, pepper } = await req.json<{ addresses: string[] } & Record<string, unknown>>();
      if (algorithm !== "sha256") return json({ errcode: "M_INVALID_PARAM", error: "no such algorithm" }, 400);
      if (pepper !== PEPPER) return json({ errcode: "M_INVALID_PEPPER", error: "not the pepper" }, 400);
      return json({ mappings: Object.fromEntries(addresses.flatMap((each) => this.#entriesOf(each))) });
    });
    app.post("/store-invite", async ({ req, json }) => {
      this.invites.push(await req.json<Body>());
      const key_validity_url = `${this.#server.url}/_matrix/identity/v2/pubkey/isvalid`;
      return json({
        token: `token${this.invites.length}`,
        display_name: "f...@e...",
        public_keys: [{ public_key: PUBLIC_KEY, key_validity_url }],
      });
    });
    return app;
  }

  #entriesOf(address: string): [string, string][] {
    const userId = this.#users.get(address);
    return userId === undefined ? [] : [[address, userId]];
  }
}

/** Of no key pair: the invites of these tests are never accepted. */
const PUBLIC_KEY = Buffer.alloc(32, 1).toString("base64").replace(/=+$/, "");

function hash(medium: string, address: string): string {
  return createHash("sha256").update(`${address} ${medium} ${PEPPER}`).digest("base64url");
}
