import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { serve, type ServerType } from "@hono/node-server";
import type { Hono } from "hono";
import { generate } from "selfsigned";

/** The certificate of a server of the tests, which signs it itself. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A server of the tests on this machine, which stands for one that Synapse asks. */
export class FakeServer {
  private constructor(
    private readonly server: ServerType,
    private readonly scheme: string,
  ) {}

  /** Over https with a certificate, over http without. */
  static async start(app: Hono, certificate?: Certificate): Promise<FakeServer> {
    const server = serve({
      fetch: app.fetch,
      hostname: "127.0.0.1",
      port: 0,
      ...(certificate
        ? { createServer: createHttpsServer, serverOptions: { ...certificate } }
        : { createServer: createHttpServer }),
    });
    if (!server.listening) await once(server, "listening");
    return new FakeServer(server, certificate ? "https" : "http");
  }

  /** Name and port, as a Matrix server name has them. */
  get name(): string {
    return `localhost:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.scheme}://${this.name}`;
  }

  close(): void {
    this.server.close();
  }
}

/** A certificate for `localhost`; the file has it for whom is to trust it. */
export async function certificateIn(file: string): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] },
    ],
  });
  await writeFile(file, cert);
  return { cert, key };
}
