import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request, type IncomingMessage, type OutgoingHttpHeaders, type RequestOptions } from "node:http";
import { request as requestTls } from "node:https";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { decisionsOf, type Host } from "#src/container/host.js";
import type { LigandError } from "#src/errors/ligand-error.js";
import { serveInspector } from "#src/inspector/inspector.js";
import type { ServedInspector, ServeInspectorOptions } from "#src/inspector/serve-inspector.js";
import { captureLogs } from "#src/testing/captured-logs.js";
import { laterRefusalOf } from "../refusal-of.js";
import { filledHost, refusal } from "./filled-host.js";

const CERTIFICATE = {
  cert: "test/fixtures/tls/server.pem",
  key: "test/fixtures/tls/server.key",
};

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** A request as any program can make it, with whatever headers. */
async function send(options: RequestOptions & { readonly body?: string }, ask = request): Promise<Answer> {
  const { body, headers, ...rest } = options;
  const given = Object.fromEntries(Object.entries(headers ?? {}).filter(([, value]) => value !== undefined));
  const [response] = (await once(ask({ ...rest, headers: given }).end(body), "response")) as [IncomingMessage];
  return { status: response.statusCode!, headers: response.headers, body: await text(response) };
}

describe("serveInspector", () => {
  let host: Host;
  let served: ServedInspector;
  let folder: string;

  const serve = async (options: Partial<ServeInspectorOptions> = {}) =>
    (served = await serveInspector(host, { address: "tcp:127.0.0.1:0", ...options }));
  const token = () => readFileSync(served.tokenFile!, "utf8").trim();
  const get = (path: string, headers: OutgoingHttpHeaders = {}, more: RequestOptions = {}) => {
    const { port } = new URL(served.address);
    return send({
      host: "127.0.0.1",
      port,
      path,
      headers: { authorization: `Bearer ${token()}`, ...headers },
      ...more,
    });
  };
  const post = (body: string, headers: OutgoingHttpHeaders = {}) => {
    const { port, origin } = new URL(served.address);
    const form = { "content-type": "application/x-www-form-urlencoded", "content-length": body.length };
    const own = { authorization: `Bearer ${token()}`, origin, ...form };
    return send({ host: "127.0.0.1", port, path: "/reload", method: "POST", headers: { ...own, ...headers }, body });
  };
  const formBody = async () => {
    const [, found] = /name="token" value="([^"]+)"/.exec((await get("/reload")).body)!;
    return `token=${encodeURIComponent(found!)}`;
  };

  before(async () => (host = await filledHost()));
  after(() => host.stop());
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "ligand-inspector-test-"))));
  afterEach(async () => {
    await served.stop();
    rmSync(folder, { recursive: true });
  });

  it("on a port, nothing is shown without the token", async () => {
    await serve();
    const paths = [
      "/",
      "/hooks",
      "/decisions",
      "/decisions/live",
      "/decisions/x",
      "/shadow",
      "/reload",
      "/configuration",
      "/inspector.js",
      "/x",
    ];
    for (const path of paths) {
      const { status, headers, body } = await get(path, { authorization: undefined });
      expect([path, status, headers["www-authenticate"]]).to.deep.equal([
        path,
        401,
        'Basic realm="Ligand inspector", charset="UTF-8"',
      ]);
      expect(body).to.equal(
        "Authenticate with the token of the inspector: any user name, and the token as the password.\n",
      );
    }
    expect((await get("/")).status).to.equal(200);
    const basic = `Basic ${Buffer.from(`anyone:${token()}`).toString("base64")}`;
    expect((await get("/", { authorization: basic })).status).to.equal(200);
  });

  it("the log says where the inspector and its token are, and never the token", async () => {
    const { logger, records } = captureLogs({ all: true });
    await serve({ logger, tokenFile: join(folder, "token") });
    expect(records.map(({ message }) => message)).to.deep.equal([
      `Inspector on ${served.address}; the token is in ${join(folder, "token")}`,
    ]);
    expect(JSON.stringify(records)).not.to.contain(token());
  });

  it("the token is of one start, in a file that goes with the inspector", async () => {
    await serve({ tokenFile: join(folder, "token") });
    const first = token();
    await served.stop();
    expect(existsSync(join(folder, "token"))).to.equal(false);
    await serve({ tokenFile: join(folder, "token") });
    expect(token()).not.to.equal(first);
    expect((await get("/", { authorization: `Bearer ${first}` })).status).to.equal(401);
  });

  it("a file that isn't that of a token is neither overwritten nor removed", async () => {
    const file = join(folder, "modules.yaml");
    for (const content of ["modules: []\n", "a".repeat(43), "-".repeat(100)]) {
      writeFileSync(file, content);
      expect(await laterRefusalOf(() => serve({ tokenFile: file }))).to.deep.include({
        message: `${file} exists and isn't the file of a token`,
        remedy: "Name another file by --inspector-token-file.",
      });
      expect(readFileSync(file, "utf8")).to.equal(content);
    }
  });

  it("the token of a process that ended without removing it is replaced, and that of a later one is left alone", async () => {
    const file = join(folder, "token");
    const other = `${"b".repeat(43)}\n`;
    for (const before of ["", other]) {
      writeFileSync(file, before);
      await serve({ tokenFile: file });
      expect(readFileSync(file, "utf8"))
        .to.match(/^[\w-]{43}\n$/)
        .and.not.equal(other);
      writeFileSync(file, other);
      await served.stop();
      expect(readFileSync(file, "utf8")).to.equal(other);
    }
  });

  it("after ten wrong tokens the right one is refused, too", async () => {
    await serve();
    for (let count = 0; count < 10; count++)
      expect((await get("/", { authorization: "Bearer wrong" })).status).to.equal(401);
    const { status, headers } = await get("/");
    expect([status, Number(headers["retry-after"]) > 0]).to.deep.equal([429, true]);
  });

  it("a foreign Host is refused before the token is looked at", async () => {
    await serve({ hosts: ["ops.example.org"] });
    const { port } = new URL(served.address);
    const statusOf = async (name: string) => (await get("/", { host: name })).status;
    expect(await statusOf(`127.0.0.1:${port}`)).to.equal(200);
    expect(await statusOf("ops.example.org")).to.equal(200);
    for (const name of [`evil.example:${port}`, `localhost:${port}`, "127.0.0.1:1"])
      expect(await statusOf(name)).to.equal(421);
    for (let count = 0; count < 12; count++) await get("/", { host: "evil.example", authorization: "Bearer wrong" });
    expect(await statusOf(`127.0.0.1:${port}`)).to.equal(200);
  });

  it("requests that pages of other sites or ports cause are refused, but for a link that is followed", async () => {
    await serve();
    const from = async (site: string, mode: string, dest: string, path = "/") =>
      (await get(path, { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest })).status;
    expect(await from("cross-site", "navigate", "document")).to.equal(200);
    expect(await from("cross-site", "navigate", "iframe")).to.equal(403);
    expect(await from("cross-site", "no-cors", "image", "/icon.svg")).to.equal(403);
    // An EventSource of another port of this machine, which is the same site.
    expect(await from("same-site", "cors", "empty", "/decisions/live")).to.equal(403);
    expect(await from("same-origin", "same-origin", "empty")).to.equal(200);
  });

  it("every response keeps other pages from showing, embedding and reading it", async () => {
    await serve();
    const responses = [
      await get("/"),
      await get("/missing"),
      await get("/inspector.js"),
      await get("/", { authorization: undefined }),
      await post(""),
    ];
    for (const { headers } of responses) {
      expect(headers["content-security-policy"]).to.equal(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers).to.include({
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      });
      expect(headers).not.to.have.any.keys("access-control-allow-origin", "set-cookie");
    }
  });

  it("the form reloads the configuration, once the origin is the page's own and its token is right", async () => {
    await serve();
    const body = await formBody();
    const { port } = new URL(served.address);
    const foreign: readonly OutgoingHttpHeaders[] = [
      { origin: "http://evil.example" },
      { origin: "null" },
      { origin: `http://127.0.0.1:${Number(port) + 1}` },
      { origin: undefined },
      { "content-type": "text/plain" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" },
    ];
    for (const headers of foreign) expect([headers, (await post(body, headers)).status]).to.deep.equal([headers, 403]);
    for (const wrong of ["", "token=", "token=1.x", `${body}x`, "a".repeat(5000)])
      expect((await post(wrong)).status).to.equal(403);
    // Of which the length isn't known before.
    const chunked = { "content-length": undefined, "transfer-encoding": "chunked" };
    expect((await post(`${body}&${"a".repeat(5000)}`, chunked)).status).to.equal(403);
    expect((await get("/reload", {}, { method: "PUT" })).status).to.equal(405);
    expect(host.health().lastReload).to.equal(null);
    const { status, headers } = await post(body);
    expect([status, headers.location]).to.deep.equal([303, "/reload"]);
    expect(host.health().lastReload).to.include({ outcome: "done" });
    expect((await get("/reload")).body).to.contain("<dt>Couldn&#39;t be started</dt><dd><bdi>directory</bdi></dd>");
  });

  it("on a Unix socket of its owner no token is needed, and a Host of another site is refused", async () => {
    const path = join(folder, "inspector.sock");
    await serve({ address: `unix:${path}` });
    expect([served.address, served.tokenFile]).to.deep.equal([`unix:${path}`, undefined]);
    expect(lstatSync(path).mode & 0o777).to.equal(0o600);
    const statusOf = async (name: string) =>
      (await send({ socketPath: path, path: "/", headers: { host: name } })).status;
    expect([
      await statusOf("localhost"),
      await statusOf("127.0.0.1:8080"),
      await statusOf("evil.example"),
    ]).to.deep.equal([200, 200, 421]);
  });

  it("a token file or a certificate for a Unix socket is refused, because it would have no effect", async () => {
    await serve();
    const address = `unix:${join(folder, "s")}`;
    const refused = async (options: object) =>
      (await laterRefusalOf(() => serveInspector(host, { address, ...options }))).message;
    expect(await refused({ tokenFile: join(folder, "token") })).to.equal(`the inspector on ${address} has no token`);
    expect(await refused({ tls: CERTIFICATE })).to.equal(`the inspector on ${address} has no certificate`);
  });

  it("a page receives the decisions that follow, as rows", async () => {
    await serve();
    const { port } = new URL(served.address);
    const asked = request({
      host: "127.0.0.1",
      port,
      path: "/decisions/live?result=refused",
      headers: { authorization: `Bearer ${token()}` },
    });
    const [response] = (await once(asked.end(), "response")) as [IncomingMessage];
    expect(response.headers["content-type"]).to.equal("text/event-stream");
    response.setEncoding("utf8");
    // The stream has subscribed once its connection is open; what is published before is caught up by its id.
    const publishing = setInterval(() => decisionsOf(host).publish(refusal(1)), 50);
    let received = "";
    try {
      for await (const part of response) if ((received += part).includes("</tr>")) break;
    } finally {
      clearInterval(publishing);
      asked.destroy();
    }
    expect(received).to.match(/^event: decisions\ndata: <tr><th scope="row"><a href="\/decisions\/d-000001">/m);
    expect(received).to.contain("M_FORBIDDEN: Links to bad.example are not allowed");
  });

  it("an address that other machines can reach is refused without names and a certificate, before anything listens", async () => {
    await serve();
    const { message, remedy } = await laterRefusalOf(() => serveInspector(host, { address: "tcp:0.0.0.0:0" }));
    expect(message).to.equal(
      "other machines can reach the inspector at 0.0.0.0, which needs --inspector-host, --inspector-cert and --inspector-key",
    );
    expect(remedy).to.match(/^Listen on a Unix socket or on 127\.0\.0\.1, and forward it with `ssh -L`/);
  });

  it("with a certificate it's served by HTTPS, under the names that it was given", async () => {
    await serve({ address: "tcp:0.0.0.0:0", hosts: ["inspector.example"], tls: CERTIFICATE });
    const { port, protocol } = new URL(served.address);
    expect(protocol).to.equal("https:");
    const asked = (name: string) =>
      send(
        {
          host: "127.0.0.1",
          port,
          path: "/",
          headers: { authorization: `Bearer ${token()}`, host: name },
          ca: readFileSync("test/fixtures/tls/ca.pem"),
          servername: "localhost",
        } as RequestOptions,
        requestTls as typeof request,
      );
    expect([
      (await asked(`inspector.example:${port}`)).status,
      (await asked(`evil.example:${port}`)).status,
    ]).to.deep.equal([200, 421]);
  });

  it("a certificate or a key that can't serve HTTPS is an error that names the file and what it is, and leaves no token behind", async () => {
    await serve();
    const own = (name: string, content: string | Buffer) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const pem = readFileSync(CERTIFICATE.cert, "utf8");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const encrypted = privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x7Kq2P" });
    const refused = async (tls: Partial<typeof CERTIFICATE>) => {
      const refusal = await laterRefusalOf(() =>
        serveInspector(host, {
          address: "tcp:127.0.0.1:0",
          tls: { ...CERTIFICATE, ...tls },
          tokenFile: join(folder, "token"),
        }),
      );
      const { code, message, remedy } = refusal as LigandError;
      expect([code, existsSync(join(folder, "token"))]).to.deep.equal(["LIGAND_LISTEN_FAILED", false]);
      return [message, remedy].join(" → ").replaceAll(`${folder}/`, "");
    };
    const nameCertificate = "Name a file that begins with `-----BEGIN CERTIFICATE-----` by --inspector-cert.";
    const nameKey = "Name a file that begins with `-----BEGIN PRIVATE KEY-----` by --inspector-key.";
    expect(await refused({ cert: join(folder, "missing.pem") })).to.equal(
      "can't read missing.pem, which the inspector needs for HTTPS → Let the user of this process read it.",
    );
    expect(await refused({ cert: own("empty.pem", "") })).to.equal(
      `empty.pem must be a certificate in PEM, but it is empty → ${nameCertificate}`,
    );
    expect(await refused({ cert: own("cert.der", new X509Certificate(pem).raw) })).to.equal(
      `cert.der must be a certificate in PEM, but it has no PEM → ${nameCertificate}`,
    );
    expect(await refused({ cert: own("broken.pem", pem.replace(/\n.{20}/, "\n")) })).to.equal(
      `broken.pem must be a certificate in PEM, but it is broken → ${nameCertificate}`,
    );
    expect(await refused({ cert: CERTIFICATE.key })).to.equal(
      `${CERTIFICATE.key} must be a certificate in PEM, but it has a PRIVATE KEY → ${nameCertificate}`,
    );
    expect(await refused({ key: CERTIFICATE.cert })).to.equal(
      `${CERTIFICATE.cert} must be a private key in PEM, but it has a CERTIFICATE → ${nameKey}`,
    );
    expect(await refused({ key: own("encrypted.key", encrypted) })).to.equal(
      "encrypted.key must be a private key without a passphrase, but it's encrypted → Decrypt it by `openssl pkey -in encrypted.key -out KEY`, and name the new file by --inspector-key.",
    );
    expect(await refused({ key: own("other.key", privateKey.export({ type: "pkcs8", format: "pem" })) })).to.equal(
      `other.key isn't the key of the certificate in ${CERTIFICATE.cert} → Name the key that was made with ${CERTIFICATE.cert}; of several certificates in a file, the server's own comes first.`,
    );
  });

  it("a port in use is an error, and leaves no token behind", async () => {
    await serve();
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const tokenFile = join(folder, "token");
    try {
      const { message } = await laterRefusalOf(() =>
        serveInspector(host, { address: `tcp:127.0.0.1:${port}`, tokenFile }),
      );
      expect(message).to.equal(`can't listen on tcp:127.0.0.1:${port}`);
      expect(existsSync(tokenFile)).to.equal(false);
    } finally {
      taken.close();
    }
  });

  it("options are checked, misspelt ones too", async () => {
    await serve();
    const wrong = { adress: "tcp:127.0.0.1:0" } as unknown as ServeInspectorOptions;
    expect((await laterRefusalOf(() => serveInspector(host, wrong))).message).to.match(
      /^serveInspector: unknown option `adress`; did you mean `address`\?; `address` is missing$/,
    );
  });
});
