import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { allowedHosts } from "#src/inspector/guards/allowed-hosts.js";
import { FormTokens } from "#src/inspector/guards/form-tokens.js";
import { checkReach, parseInspectorAddress } from "#src/inspector/guards/inspector-address.js";
import { isFromOtherSite, isFromOwnPage } from "#src/inspector/guards/other-sites.js";
import { makeTokenFile } from "#src/inspector/guards/token-file.js";
import { TokenGate } from "#src/inspector/guards/token-gate.js";
import { laterRefusalOf, refusalOf } from "../refusal-of.js";

const MINUTE_MS = 60_000;

const basic = (password: string) => `Basic ${Buffer.from(`anyone:${password}`).toString("base64")}`;
const asking = (authorization?: string) =>
  new Request("http://127.0.0.1:1/", authorization === undefined ? {} : { headers: { authorization } });

describe("the guards of the inspector", () => {
  describe("allowedHosts", () => {
    const tcp = { kind: "tcp", host: "127.0.0.1", port: 9012 } as const;

    it("on a port, a Host is the literal address or a further name", () => {
      const isAllowed = allowedHosts(tcp, ["Ops.Example.ORG"]);
      const allowed = ["127.0.0.1:9012", "ops.example.org", "OPS.example.org:8443"];
      const foreign = [
        "localhost:9012",
        "127.0.0.1:9013",
        "127.0.0.1",
        "evil.example:9012",
        "[::1]:9012",
        "",
        "a:b:c",
        null,
      ];
      expect([...allowed, ...foreign].filter(isAllowed)).to.deep.equal(allowed);
    });

    it("an IPv6 address is in brackets, and the standard ports are left out", () => {
      const isAllowed = (port: number, isTls: boolean) =>
        allowedHosts({ kind: "tcp", host: "::1", port }, [], isTls)("[::1]");
      expect([isAllowed(80, false), isAllowed(443, true), isAllowed(443, false)]).to.deep.equal([true, true, false]);
    });

    it("on a Unix socket, a Host is a name of this machine with any port: ssh forwards it to one", () => {
      const isAllowed = allowedHosts({ kind: "unix", path: "/run/x" }, []);
      const all = ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]:1", "evil.example", "evil.example:80"];
      expect(all.filter(isAllowed)).to.deep.equal(all.slice(0, 4));
    });
  });

  describe("checkReach", () => {
    const tls = { cert: "c", key: "k" };

    it("an address of this machine needs neither names nor a certificate", () => {
      for (const text of ["unix:/run/x", "tcp:127.0.0.1:1", "tcp:[::1]:1", "tcp:localhost:1", "tcp:127.1.2.3:1"]) {
        checkReach(parseInspectorAddress(text), [], undefined);
      }
    });

    it("another address is refused without a name and a certificate", async () => {
      const address = parseInspectorAddress("tcp:0.0.0.0:9012");
      const missing = (hosts: readonly string[], files: typeof tls | undefined) =>
        refusalOf(() => checkReach(address, hosts, files)).message;
      expect(missing([], undefined)).to.equal(
        "other machines can reach the inspector at 0.0.0.0, which needs --inspector-host, --inspector-cert and --inspector-key",
      );
      expect(missing([], tls)).to.match(/needs --inspector-host$/);
      expect(missing(["ops.example.org"], undefined)).to.match(/needs --inspector-cert and --inspector-key$/);
      checkReach(address, ["ops.example.org"], tls);
    });

    it("a name that begins like an address of this machine is another machine's", () => {
      for (const host of ["127.evil.example", "localhost.evil.example", "127.0.0.256"]) {
        expect(refusalOf(() => checkReach(parseInspectorAddress(`tcp:${host}:1`), [], tls)).message).to.equal(
          `other machines can reach the inspector at ${host}, which needs --inspector-host`,
        );
      }
    });

    it("what isn't an address is refused", async () => {
      for (const text of ["127.0.0.1:1", "tcp:127.0.0.1", "tcp:127.0.0.1:70000", "http://127.0.0.1:1/", "tcp:a/b:1"]) {
        expect(refusalOf(() => parseInspectorAddress(text)).message).to.match(/isn't an address to listen on/);
      }
    });
  });

  describe("isFromOtherSite", () => {
    const from = (site: string | undefined, mode = "cors", dest = "empty", method = "GET") =>
      isFromOtherSite({
        method,
        headers: new Headers(
          site === undefined ? {} : { "sec-fetch-site": site, "sec-fetch-mode": mode, "sec-fetch-dest": dest },
        ),
      } as Request);

    it("requests of the inspector's own pages, of people and of programs aren't from another site", () => {
      expect([from("same-origin"), from("none", "navigate", "document"), from(undefined)]).to.deep.equal([
        false,
        false,
        false,
      ]);
    });

    it("of other sites, and of other ports of this machine, only plain navigations are allowed", () => {
      for (const site of ["cross-site", "same-site", "whatever"]) {
        expect(from(site, "navigate", "document")).to.equal(false);
        expect(from(site, "navigate", "iframe")).to.equal(true);
        expect(from(site, "navigate", "document", "POST")).to.equal(true);
        expect(from(site, "cors", "empty")).to.equal(true);
        expect(from(site, "no-cors", "image")).to.equal(true);
      }
    });
  });

  it("isFromOwnPage wants the origin of the page itself", () => {
    const post = (origin?: string) =>
      isFromOwnPage(
        new Request("http://127.0.0.1:9012/reload", {
          method: "POST",
          headers: { host: "127.0.0.1:9012", ...(origin !== undefined && { origin }) },
        }),
      );
    const own = ["http://127.0.0.1:9012", "https://127.0.0.1:9012"];
    const foreign = ["http://127.0.0.1:9013", "http://127.0.0.1:9012.evil.example", "null", "http://evil.example", ""];
    expect([...own, ...foreign, undefined].filter(post)).to.deep.equal(own);
  });

  describe("TokenGate", () => {
    const statusOf = (gate: TokenGate, authorization?: string, client = "127.0.0.1") =>
      gate.refusal(asking(authorization), client)?.status;

    it("lets in who knows the token, by Basic with any name and by Bearer", () => {
      const gate = new TokenGate("right-token");
      expect(statusOf(gate, basic("right-token"))).to.equal(undefined);
      expect(statusOf(gate, "Bearer right-token")).to.equal(undefined);
      expect(statusOf(gate, "bearer right-token")).to.equal(undefined);
      for (const wrong of [
        undefined,
        "Bearer right-toke",
        "Bearer",
        "Basic !",
        basic("right-token2"),
        "Digest right-token",
        "",
      ]) {
        expect(statusOf(gate, wrong)).to.equal(401);
      }
    });

    it("asks browsers for the token by Basic", () => {
      expect(new TokenGate("t").refusal(asking(), "c")!.headers.get("www-authenticate")).to.equal(
        'Basic realm="Ligand inspector", charset="UTF-8"',
      );
    });

    it("after ten wrong tokens within a minute, a client is refused whatever it knows, and another isn't", () => {
      let now = 1_000_000;
      const gate = new TokenGate("right", () => now);
      const wrong = Array.from({ length: 10 }, () => {
        now += 1000;
        return statusOf(gate, "Bearer wrong");
      });
      expect(wrong).to.deep.equal(Array.from({ length: 10 }, () => 401));
      const refused = gate.refusal(asking("Bearer right"), "127.0.0.1")!;
      expect([refused.status, refused.headers.get("retry-after")]).to.deep.equal([429, "51"]);
      expect(statusOf(gate, "Bearer right", "10.0.0.7")).to.equal(undefined);
      now += 51_000;
      expect(statusOf(gate, "Bearer right")).to.equal(undefined);
    });

    it("requests without a token aren't failures", () => {
      const gate = new TokenGate("right");
      for (let asked = 0; asked < 20; asked++) expect(statusOf(gate)).to.equal(401);
      expect(statusOf(gate, "Bearer right")).to.equal(undefined);
    });
  });

  describe("FormTokens", () => {
    it("a token of a form is accepted for an hour, for its action, and by the process that issued it", () => {
      let now = 1_000_000_000;
      const tokens = new FormTokens(() => now);
      const token = tokens.issue("reload");
      expect(tokens.accepts("reload", token)).to.equal(true);
      expect(tokens.accepts("stop", token)).to.equal(false);
      expect(new FormTokens(() => now).accepts("reload", token)).to.equal(false);
      now += 60 * MINUTE_MS;
      expect(tokens.accepts("reload", token)).to.equal(true);
      now += MINUTE_MS;
      expect(tokens.accepts("reload", token)).to.equal(false);
    });

    it("what isn't a token, or is of another time, isn't accepted", () => {
      const tokens = new FormTokens();
      const [minute, hmac] = tokens.issue("reload").split(".");
      for (const wrong of [
        "",
        ".",
        hmac!,
        `${Number(minute) - 1}.${hmac}`,
        `${Number(minute) + 1}.${hmac}`,
        `${minute}.`,
        "NaN.x",
      ]) {
        expect(tokens.accepts("reload", wrong)).to.equal(false);
      }
    });
  });

  describe("makeTokenFile", () => {
    let folder: string;

    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "ligand-token-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it("makes a token in a file that only its owner can read, and removes it", async () => {
      const path = join(folder, "token");
      const made = await makeTokenFile(path);
      expect(readFileSync(path, "utf8")).to.equal(`${made.token}\n`);
      expect(made.token).to.match(/^[\w-]{43}$/);
      expect(lstatSync(path).mode & 0o777).to.equal(0o600);
      await made.remove();
      expect(readdirSync(folder)).to.deep.equal([]);
    });

    it("makeTokenFile replaces the token of an earlier start, even if other users could read that file", async () => {
      const path = join(folder, "token");
      writeFileSync(path, `${"a".repeat(43)}\n`, { mode: 0o644 });
      const { token } = await makeTokenFile(path);
      expect([readFileSync(path, "utf8"), lstatSync(path).mode & 0o777]).to.deep.equal([`${token}\n`, 0o600]);
      expect(readdirSync(folder)).to.deep.equal(["token"]);
    });

    it("without a path, the file is in a folder of its own that goes with it", async () => {
      const made = await makeTokenFile(undefined);
      expect(lstatSync(join(made.path, "..")).mode & 0o777).to.equal(0o700);
      await made.remove();
      expect(() => lstatSync(join(made.path, ".."))).to.throw("ENOENT");
    });

    it("refuses a link, a folder, and a place that can't be written", async () => {
      writeFileSync(join(folder, "target"), "kept");
      symlinkSync(join(folder, "target"), join(folder, "link"));
      mkdirSync(join(folder, "folder"));
      const refused = async (name: string) => (await laterRefusalOf(() => makeTokenFile(join(folder, name)))).message;
      expect(await refused("link")).to.equal(`${join(folder, "link")} exists and isn't a regular file`);
      expect(await refused("folder")).to.equal(`${join(folder, "folder")} exists and isn't a regular file`);
      expect(await refused("missing/token")).to.equal(
        `can't write the inspector's token to ${join(folder, "missing/token")}`,
      );
      expect(readFileSync(join(folder, "target"), "utf8")).to.equal("kept");
    });
  });
});
