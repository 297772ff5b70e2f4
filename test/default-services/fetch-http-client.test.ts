import { expect } from "chai";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo, type Server as NetServer } from "node:net";
import { PassThrough, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { FetchHttpClient, type HttpClientOptions } from "#src/default-services/fetch-http-client.js";
import { HttpResponseError } from "#src/services/http-response-error.js";
import { failureOf } from "../failure-of.js";
import { ManualClock } from "./manual-clock.js";

const certificate = (name: string) =>
  readFileSync(new URL(`../../../test/fixtures/tls/${name}`, import.meta.url), "utf8");

/** What the echo server saw of a request. */
async function seen(request: IncomingMessage) {
  const { "user-agent": agent, accept, "content-type": type } = request.headers;
  return { method: request.method, url: request.url, agent, accept, type, body: await text(request) };
}

const routes: Record<string, RequestListener> = {
  "/echo": async (request, response) => response.end(JSON.stringify(await seen(request))),
  "/text": (_request, response) => response.setHeader("content-type", "text/plain").end("hello"),
  "/missing": (_request, response) =>
    response.writeHead(404, "Nothing Here").end('{"errcode":"M_NOT_FOUND","error":"no such room","extra":1}'),
  "/broken": (_request, response) => response.writeHead(502, "Bad Gateway").end("<html>"),
  "/never": () => {},
  "/slow-body": (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write("first");
  },
  "/dripping": (_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).write('{"a":"');
    const drip = setInterval(() => response.write("x"), 10);
    response.on("close", () => clearInterval(drip));
  },
  "/huge": (_request, response) => response.writeHead(200, { "content-length": 10 * 1024 * 1024 + 1 }).write("x"),
  "/endless": (_request, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more);
    more();
  },
  "/breaks-off": (_request, response) => {
    response.writeHead(200, { "content-type": "text/plain" });
    response.write("first", () => response.destroy());
  },
  "/redirect": (_request, response) => response.writeHead(302, { location: "/text" }).end(),
  "/chunked": (_request, response) => {
    response.setHeader("content-type", "text/plain");
    response.write("12345");
    response.end("67890");
  },
};

describe("FetchHttpClient", () => {
  const open: NetServer[] = [];
  let base: string;

  async function listen(server: NetServer, scheme = "http"): Promise<string> {
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  before(async () => {
    base = await listen(
      createServer((request, response) => routes[new URL(request.url!, "http://x").pathname]!(request, response)),
    );
  });

  after(() => {
    for (const server of open) {
      if ("closeAllConnections" in server) (server as { closeAllConnections(): void }).closeAllConnections();
      server.close();
    }
  });

  const client = (options: HttpClientOptions = {}) => new FetchHttpClient(options);
  it("case 496: FetchHttpClient gets JSON with arguments in the query", async () => {
    const answer = await client().getJson(`${base}/echo?a=1`, { args: { b: "x y", c: [1, true] } });
    expect(answer).to.deep.equal({
      method: "GET",
      url: "/echo?a=1&b=x+y&c=1&c=true",
      agent: "Ligand",
      accept: "application/json",
      body: "",
    });
  });

  it("case 496: FetchHttpClient posts JSON, puts JSON and posts forms", async () => {
    const json = { accept: "application/json", agent: "Ligand", url: "/echo" };
    const http = client();
    expect(await http.postJsonGetJson(`${base}/echo`, { a: [1] })).to.deep.equal({
      ...json,
      method: "POST",
      type: "application/json",
      body: '{"a":[1]}',
    });
    expect(await http.putJson(`${base}/echo`, "text")).to.deep.equal({
      ...json,
      method: "PUT",
      type: "application/json",
      body: '"text"',
    });
    expect(await http.postUrlencodedGetJson(`${base}/echo`, { a: "x&y", b: [1, 2] })).to.deep.equal({
      ...json,
      method: "POST",
      type: "application/x-www-form-urlencoded",
      body: "a=x%26y&b=1&b=2",
    });
  });

  it("FetchHttpClient lets a request bring headers of its own", async () => {
    const headers = { "User-Agent": "Test", Accept: "text/html" };
    expect(await client({ userAgent: "Other" }).getJson(`${base}/echo`, { headers })).to.include({
      agent: "Test",
      accept: "text/html",
    });
    expect(await client({ userAgent: "Other" }).getJson(`${base}/echo`)).to.include({ agent: "Other" });
  });

  it("FetchHttpClient gets bytes", async () => {
    expect(await client().getRaw(`${base}/text`)).to.deep.equal(new TextEncoder().encode("hello"));
  });

  it("FetchHttpClient returns a raw response whatever its status", async () => {
    const response = await client().request("POST", `${base}/missing`, { body: "x" });
    expect([response.status, await response.text()]).to.deep.equal([
      404,
      '{"errcode":"M_NOT_FOUND","error":"no such room","extra":1}',
    ]);
  });

  it("case 497: FetchHttpClient turns an error of a Matrix server into the same error", async () => {
    const error = (await failureOf(client().getJson(`${base}/missing`))) as HttpResponseError;
    expect(error).to.be.instanceOf(HttpResponseError);
    expect(error.message).to.equal("the server answered with status 404 Nothing Here");
    const matrixError = error.toMatrixError();
    expect([matrixError.status, matrixError.body()]).to.deep.equal([
      404,
      { errcode: "M_NOT_FOUND", error: "no such room", extra: 1 },
    ]);
  });

  it("FetchHttpClient turns any other error response into M_UNKNOWN with its reason", async () => {
    const error = (await failureOf(client().getRaw(`${base}/broken`))) as HttpResponseError;
    const matrixError = error.toMatrixError();
    expect([matrixError.status, matrixError.body()]).to.deep.equal([
      502,
      { errcode: "M_UNKNOWN", error: "Bad Gateway" },
    ]);
  });

  it("case 497: FetchHttpClient says so when the answer isn't JSON", async () => {
    const error = await failureOf(client().getJson(`${base}/text`));
    expect(error)
      .to.be.instanceOf(LigandError)
      .with.property("message", "the response is not JSON (text/plain, status 200)");
  });

  it("case 498: FetchHttpClient answers 504 when the body doesn't end within the budget, however it drips", async () => {
    for (const read of [
      (http: FetchHttpClient, url: string) => http.getJson(url),
      (http: FetchHttpClient, url: string) => http.getRaw(url),
      (http: FetchHttpClient, url: string) => http.postJsonGetJson(url, {}),
      (http: FetchHttpClient, url: string) => http.getFile(url, new PassThrough().resume()),
    ]) {
      const failure = failureOf(read(client({ timeoutMs: 200 }), `${base}/dripping?token=secret`));
      const error = (await failure) as MatrixError;
      expect([error.status, error.message.replace("POST", "GET")]).to.deep.equal([
        504,
        `GET ${base}/dripping had no response within 200 ms`,
      ]);
    }
  });

  it("FetchHttpClient returns a request the budget that it brings", async () => {
    const error = await failureOf(client().getJson(`${base}/dripping`, { timeoutMs: 50 }));
    expect(error).to.have.property("message", `GET ${base}/dripping had no response within 50 ms`);
  });

  it("case 498: FetchHttpClient refuses a body larger than 10 MiB, or than the request allows, whether it says so or not", async () => {
    for (const path of ["/huge", "/endless"]) {
      const error = (await failureOf(client().getRaw(base + path))) as MatrixError;
      expect([error.status, error.errcode, error.message]).to.deep.equal([
        502,
        "M_TOO_LARGE",
        "The response is larger than 10485760 bytes",
      ]);
    }
    for (const path of ["/text", "/chunked"]) {
      const error = await failureOf(client().getJson(base + path, { maxSize: 4 }));
      expect(error).to.have.property("message", "The response is larger than 4 bytes");
    }
    expect((await client().getRaw(`${base}/chunked`, { maxSize: 10 })).length).to.equal(10);
  });

  it("FetchHttpClient reports the status of an error response whose body is too large", async () => {
    const error = (await failureOf(client().getJson(`${base}/missing`, { maxSize: 3 }))) as HttpResponseError;
    expect([error.status, error.body.length]).to.deep.equal([404, 0]);
  });

  it("FetchHttpClient answers 504 when the headers don't come within 60 seconds", async () => {
    const clock = new ManualClock();
    const failure = failureOf(client({ clock }).getJson(`${base}/never?token=secret`));
    await clock.advance(60_000);
    const error = (await failure) as MatrixError;
    expect(error).to.be.instanceOf(MatrixError);
    expect([error.status, error.body()]).to.deep.equal([
      504,
      { errcode: "M_UNKNOWN", error: `GET ${base}/never had no response within 60000 ms` },
    ]);
    expect(error.cause).to.include({ code: "LIGAND_HTTP_TIMEOUT" });
  });

  it("FetchHttpClient returns a body that the caller reads all the time it needs", async () => {
    const clock = new ManualClock();
    const response = await client({ clock, timeoutMs: 10 }).request("GET", `${base}/slow-body`);
    await clock.advance(1000);
    const reader = response.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).to.equal("first");
    await reader.cancel();
  });

  it("FetchHttpClient ends a request whose signal is aborted", async () => {
    const controller = new AbortController();
    const failure = failureOf(client().getJson(`${base}/never`, { signal: controller.signal }));
    controller.abort();
    expect(await failure)
      .to.be.instanceOf(CancelledError)
      .with.property("message", `GET ${base}/never was cancelled`);
  });

  it("FetchHttpClient ends the body of a response whose signal is aborted", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    expect(await failureOf(client().getRaw(`${base}/slow-body`, { signal: controller.signal })))
      .to.be.instanceOf(CancelledError)
      .with.property("message", `GET ${base}/slow-body was cancelled`);
  });

  it("FetchHttpClient says which request failed when its body breaks off", async () => {
    const http = client();
    const stream = new PassThrough();
    const url = `${base}/breaks-off?a=b`;
    for (const read of [() => http.getRaw(url), () => http.getFile(url, stream)]) {
      expect(await failureOf(read()))
        .to.be.instanceOf(LigandError)
        .with.property("message", `GET ${base}/breaks-off failed`);
    }
    expect(stream.destroyed).to.equal(true);
  });

  it("FetchHttpClient refuses what isn't an address", async () => {
    for (const url of [
      "/relative",
      "file:///etc/passwd",
      "data:application/json,1",
      "ftp://example.org/",
      "mailto:a@b.c",
    ]) {
      expect(await failureOf(client().getJson(url))).to.include({
        code: "LIGAND_ARGUMENT_INVALID",
        message: `${JSON.stringify(url)} isn't a URL that can be requested`,
      });
    }
  });

  it("FetchHttpClient refuses an address with a password, and doesn't repeat it", async () => {
    for (const user of ["user:topsecret@", "topsecret@", ":topsecret@"]) {
      const error = (await failureOf(client().getJson(`http://${user}example.org/`))) as LigandError;
      expect({ code: error.code, message: error.message, remedy: error.remedy, cause: error.cause }).to.deep.equal({
        code: "LIGAND_ARGUMENT_INVALID",
        message: "the URL of example.org has a user or a password in it",
        remedy: "Send them in the header Authorization.",
        cause: undefined,
      });
    }
  });

  it("FetchHttpClient names the address, without its query, of a server that can't be reached", async () => {
    const error = await failureOf(client().getJson("http://127.0.0.1:1/x?token=secret"));
    expect(error).to.be.instanceOf(LigandError).with.property("message", "GET http://127.0.0.1:1/x failed");
    expect((error as LigandError).cause).to.be.instanceOf(TypeError);
  });

  describe("getFile", () => {
    it("case 499: getFile downloads into a stream and follows redirections", async () => {
      const stream = new PassThrough();
      const [file, content] = await Promise.all([client().getFile(`${base}/redirect`, stream), text(stream)]);
      expect([file.length, file.uri, file.status, file.headers.get("content-type"), content]).to.deep.equal([
        5,
        `${base}/text`,
        200,
        "text/plain",
        "hello",
      ]);
    });

    const sink = () => new Writable({ write: (_chunk, _encoding, done) => done() });
    const refused: [string, string, object, string, string][] = [
      ["a status that is an error", "/missing", {}, "The file's server answered with status 404", "M_UNKNOWN"],
      ["a file that says it is too large", "/text", { maxSize: 4 }, "The file is larger than 4 bytes", "M_TOO_LARGE"],
      ["a file that turns out too large", "/chunked", { maxSize: 6 }, "The file is larger than 6 bytes", "M_TOO_LARGE"],
      [
        "a content type that is not allowed",
        "/text",
        { isAllowedContentType: (type: string) => type.startsWith("image/") },
        "The file has the content type text/plain, which is not allowed here",
        "M_UNKNOWN",
      ],
    ];
    for (const [what, path, options, message, errcode] of refused) {
      it(`case 499: getFile refuses ${what}`, async () => {
        const error = (await failureOf(client().getFile(base + path, sink(), options))) as MatrixError;
        expect(error).to.be.instanceOf(MatrixError);
        expect([error.status, error.errcode, error.message]).to.deep.equal([502, errcode, message]);
      });
    }
  });

  it("FetchHttpClient goes through a proxy", async () => {
    const asked: unknown[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket, head) => {
      asked.push([request.url, request.headers["proxy-authorization"]]);
      const upstream = connect(Number(new URL(base).port), "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        upstream.write(head);
        upstream.pipe(socket).pipe(upstream);
      });
    });
    const address = new URL(await listen(proxy));
    address.username = "user";
    address.password = "pass";
    const http = client({ proxy: address.href });
    expect(await http.postJsonGetJson(`${base}/echo`, [1])).to.include({ method: "POST", body: "[1]" });
    expect(asked).to.deep.equal([[new URL(base).host, `Basic ${btoa("user:pass")}`]]);
  });

  it("FetchHttpClient shows its own certificate and trusts the authority it is given", async () => {
    const options = { key: certificate("server.key"), cert: certificate("server.pem"), ca: certificate("ca.pem") };
    const server = createTlsServer(
      { ...options, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const socket = request.socket as TLSSocket;
        response.end(JSON.stringify({ client: socket.authorized ? socket.getPeerCertificate().subject.CN : null }));
      },
    );
    const url = await listen(server, "https");
    const ca = certificate("ca.pem");
    const own = { cert: certificate("client.pem"), key: certificate("client.key") };
    expect(await client({ tls: { ca, ...own } }).getJson(url)).to.deep.equal({ client: "client" });
    expect(await client({ tls: { ca: [ca] } }).getJson(url)).to.deep.equal({ client: null });
    expect(await failureOf(client().getJson(url)))
      .to.be.instanceOf(LigandError)
      .with.property("message", `GET ${url}/ failed`);
  });
});
