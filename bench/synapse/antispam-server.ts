import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** What ham.ts does, for `synapse-http-antispam`, with as little round it as there can be. */
interface Question {
  readonly event: { readonly content: { readonly body?: string } };
}

const server = createServer((request, response) => {
  void text(request).then((body) => {
    const { event } = JSON.parse(body) as Question;
    const isSpam = event.content.body === "spam";
    response.writeHead(isSpam ? 403 : 200, { "content-type": "application/json" });
    response.end(isSpam ? '{"errcode":"M_FORBIDDEN"}' : "{}");
  });
});
server.listen(0, "127.0.0.1", () => console.log(`listening on ${(server.address() as AddressInfo).port}`));
