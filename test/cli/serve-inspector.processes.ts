import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { request, type IncomingMessage, type RequestOptions } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { expect } from "chai";
import { bindService, remoteHost, Users, type RemoteHost } from "#src/index.js";
import { roomEvent } from "#src/testing/builders.js";
import { freePort } from "../free-port.js";
import { serverBinding, unixAddress } from "../remote/served.js";
import { untilIs } from "../until.js";
import { PROGRAM, serveProcess, type ServedProcess } from "./served-process.js";

const FILE = "test/fixtures/remote/obedient.yaml";
const users = bindService(Users, { isUserAdmin: async () => false } as unknown as Users);

describe("ligand serve --inspector", () => {
  let folder: string;
  let served: ServedProcess | undefined;
  let host: RemoteHost | undefined;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "ligand-serve-inspector-"))));
  afterEach(async () => {
    await host?.stop();
    served?.child.kill("SIGKILL");
    await served?.ended;
    served = host = undefined;
    rmSync(folder, { recursive: true });
  });

  it("shows a refusal of a served module, with who decided; before a homeserver connects it only reloads", async () => {
    const socketPath = join(folder, "inspector.sock");
    const address = unixAddress();
    served = await serveProcess(FILE, address, { args: ["--inspector", `unix:${socketPath}`] });
    const get = async (path: string, more: RequestOptions = {}, sent = "") => {
      const asked = request({ socketPath, path, ...more, headers: { host: "localhost", ...more.headers } });
      const [response] = (await once(asked.end(sent), "response")) as [IncomingMessage];
      return { status: response.statusCode, body: await text(response) };
    };
    expect((await get("/")).status).to.equal(503);
    expect((await get("/decisions")).body).to.contain("No modules run yet: they start when a homeserver connects.");
    const token = /name="token" value="([^"]+)"/.exec((await get("/reload")).body)![1]!;
    const form = new URLSearchParams({ token }).toString();
    const type = "application/x-www-form-urlencoded";
    const headers = { origin: "http://localhost", "content-type": type, "content-length": form.length };
    expect((await get("/reload", { method: "POST", headers }, form)).body).to.contain(
      "The configuration was read again. Its modules start when a homeserver connects.",
    );
    host = await remoteHost({ address, services: [serverBinding(), users] });
    await host.hooks.spamChecker.checkEventForSpam(roomEvent({ content: { body: "spam" } }), { requestId: "PUT-7" });
    await untilIs(true, async () => (await get("/decisions?result=refused")).body.includes("M_FORBIDDEN"));
    const { body } = await get("/decisions?result=refused");
    expect(body).to.match(/>refused<.*SpamChecker\.checkEventForSpam.*Obedient.*@alice:example\.org/s);
    const [, link] = /href="(\/decisions\/[^"]+)"><time/.exec(body)!;
    expect((await get(link!)).body).to.contain("PUT-7");
  });

  it("on a port it asks for the token of the file, which goes with the process", async () => {
    const port = await freePort();
    const tokenFile = join(folder, "token");
    served = await serveProcess(FILE, unixAddress(), {
      args: ["--inspector", `tcp:127.0.0.1:${port}`, "--inspector-token-file", tokenFile],
    });
    await served.line(new RegExp(`^Inspector on http://127\\.0\\.0\\.1:${port}/; the token is in ${tokenFile}$`));
    const statusOf = async (token: string) =>
      (await fetch(`http://127.0.0.1:${port}/reload`, { headers: { authorization: `Bearer ${token}` } })).status;
    const token = readFileSync(tokenFile, "utf8").trim();
    expect([await statusOf("wrong"), await statusOf(token)]).to.deep.equal([401, 200]);
    expect(served.output).not.to.contain(token);
    served.child.kill("SIGTERM");
    expect(await served.ended).to.equal("0");
    expect(existsSync(tokenFile)).to.equal(false);
  });

  const refused = async (...args: readonly string[]) => {
    const all = [...PROGRAM, FILE, "--listen", unixAddress(), ...args];
    const run = promisify(execFile)(process.execPath, all, { env: { ...process.env, NO_COLOR: "1" } });
    const { code, stderr } = (await run.catch((error: unknown) => error)) as { code?: number; stderr: string };
    return { code, stderr };
  };

  it("an address that other machines can reach is refused without a name and a certificate", async () => {
    const { code, stderr } = await refused("--inspector", "tcp:0.0.0.0:0");
    expect(code).to.equal(1);
    expect(stderr).to.contain(
      "error: other machines can reach the inspector at 0.0.0.0, which needs --inspector-host, --inspector-cert and --inspector-key",
    );
  });

  it("options that need others are refused as wrong usage", async () => {
    expect(await refused("--inspector-host", "ops.example.org")).to.deep.include({ code: 2 });
    const { code, stderr } = await refused("--inspector", "tcp:127.0.0.1:0", "--inspector-cert", "x.pem");
    expect([code, stderr.split("\n", 1)[0]]).to.deep.equal([
      2,
      "error: --inspector-cert and --inspector-key need each other",
    ]);
  });
});
