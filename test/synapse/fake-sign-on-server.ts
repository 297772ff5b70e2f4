import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { FakeServer } from "./fake-server.js";

/**
 * A server of the tests where people sign on once for several services, by CAS 2 and by OAuth 2 with a user-info
 * endpoint. It asks for no password: a test says which user comes.
 */
export class FakeSignOnServer {
  /** Who signs on next. */
  userName = "";
  /** Who a ticket, code or access token was given to. */
  readonly #given = new Map<string, string>();
  #server!: FakeServer;

  static async start(): Promise<FakeSignOnServer> {
    const fake = new FakeSignOnServer();
    const app = new Hono();
    fake.#serveCas(app);
    fake.#serveOAuth(app);
    fake.#server = await FakeServer.start(app);
    return fake;
  }

  /** The keys of homeserver.yaml for both protocols. */
  get settings(): object {
    const { url } = this.#server;
    return {
      cas_config: { enabled: true, server_url: url, idp_name: "CAS" },
      oidc_providers: [
        {
          idp_id: "fake",
          idp_name: "OpenID Connect",
          issuer: url,
          client_id: "synapse",
          client_secret: "secret",
          scopes: ["profile"],
          discover: false,
          // They are to be https otherwise.
          skip_verification: true,
          authorization_endpoint: `${url}/authorize`,
          token_endpoint: `${url}/token`,
          userinfo_endpoint: `${url}/userinfo`,
          user_mapping_provider: { config: { localpart_template: "{{ user.sub }}" } },
        },
      ],
    };
  }

  close(): void {
    this.#server.close();
  }

  #serveCas(app: Hono): void {
    app.get("/login", (context) => {
      const service = new URL(context.req.query("service")!);
      service.searchParams.set("ticket", this.#give(this.userName));
      return context.redirect(service.href);
    });
    app.get("/proxyValidate", (context) => {
      const user = this.#given.get(context.req.query("ticket")!);
      const answer =
        user === undefined
          ? '<cas:authenticationFailure code="INVALID_TICKET"/>'
          : `<cas:authenticationSuccess><cas:user>${user}</cas:user></cas:authenticationSuccess>`;
      const xml = `<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">${answer}</cas:serviceResponse>`;
      return context.body(xml, 200, { "content-type": "text/xml" });
    });
  }

  #serveOAuth(app: Hono): void {
    app.get("/authorize", (context) => {
      const client = new URL(context.req.query("redirect_uri")!);
      client.searchParams.set("code", this.#give(this.userName));
      client.searchParams.set("state", context.req.query("state")!);
      return context.redirect(client.href);
    });
    app.post("/token", async (context) => {
      const { code } = await context.req.parseBody<{ code: string }>();
      const user = this.#given.get(code);
      if (user === undefined) return context.json({ error: "invalid_grant" }, 400);
      return context.json({ access_token: this.#give(user), token_type: "Bearer" });
    });
    app.get("/userinfo", (context) => {
      const token = context.req.header("authorization")?.replace(/^Bearer /, "");
      const sub = this.#given.get(token ?? "");
      return sub === undefined ? context.json({ error: "invalid_token" }, 401) : context.json({ sub });
    });
  }

  #give(user: string): string {
    const token = randomUUID();
    this.#given.set(token, user);
    return token;
  }
}
