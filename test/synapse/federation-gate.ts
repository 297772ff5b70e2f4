import { setTimeout } from "node:timers/promises";
import { Hono } from "hono";
import { FakeServer, type Certificate } from "./fake-server.js";
import type { Body } from "./matrix-client.js";

/** A request of one server to another. */
export interface Exchange {
  readonly method: string;
  /** As it was sent, encoded. */
  readonly path: string;
  readonly body: Body;
  readonly status: number;
  readonly answer: Body;
}

/** The TLS in front of a Synapse that federates. It names the server, and remembers what other servers asked. */
export class FederationGate {
  readonly #exchanges: Exchange[] = [];
  #server!: FakeServer;
  #synapseUrl = "";

  private constructor() {}

  static async open(certificate: Certificate): Promise<FederationGate> {
    const gate = new FederationGate();
    const app = new Hono();
    app.all("*", ({ req }) => gate.#pass(req.raw));
    // Of a Synapse that stops.
    app.onError((error, context) => context.text(String(error), 502));
    gate.#server = await FakeServer.start(app, certificate);
    return gate;
  }

  /** With its port: nothing has to be looked up. */
  get serverName(): string {
    return this.#server.name;
  }

  leadTo(synapseUrl: string): void {
    this.#synapseUrl = synapseUrl;
  }

  /** What was asked so far below a path of the federation API. */
  asked(path: string): readonly Exchange[] {
    return this.#exchanges.filter((exchange) => exchange.path.startsWith(`/_matrix/federation${path}`));
  }

  /** Forgets what was asked so far. */
  forget(): void {
    this.#exchanges.length = 0;
  }

  /** Waits until another server has asked something, which may be some while after whatever made it ask. */
  async untilAsked(path: string, matches: (exchange: Exchange) => boolean = () => true): Promise<Exchange> {
    for (const deadline = Date.now() + 60_000; ; await setTimeout(20)) {
      const found = this.asked(path).find(matches);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`no server asked for ${path}`);
    }
  }

  /** Waits until another server has sent an event; gives the whole transaction. */
  untilSent(eventId: string): Promise<Exchange> {
    return this.untilAsked("/v1/send/", ({ answer }) => eventId in ((answer["pdus"] ?? {}) as object));
  }

  close(): void {
    this.#server.close();
  }

  async #pass(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const answer = await fetch(this.#synapseUrl + pathname + search, {
      method: request.method,
      headers: { authorization: request.headers.get("authorization") ?? "" },
      ...(text !== "" && { body: text }),
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const type = answer.headers.get("content-type") ?? "";
    const isJson = type.startsWith("application/json");
    this.#exchanges.push({
      method: request.method,
      path: pathname + search,
      body: text === "" ? {} : (JSON.parse(text) as Body),
      status: answer.status,
      answer: isJson ? (JSON.parse(bytes.toString()) as Body) : {},
    });
    return new Response(bytes, { status: answer.status, headers: { "content-type": type } });
  }
}
