import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { unmeasured } from "../unmeasured.js";

/** What a homeserver with modules of its own writes while a callback blocks it as an event says. */
async function written(
  content: object,
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ stderr: string; log: Record<string, unknown>[]; status: unknown }> {
  const args = ["test/fixtures/watch/host.mjs", JSON.stringify(content)];
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = once(child, "exit");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = (await ended) as [number | null];
  const log = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    // Which modules have started is no news here.
    .filter(({ level }) => level !== "info");
  return { stderr, log, status };
}

/** What Node writes into the folder that `NODE_V8_COVERAGE` names. */
interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly functionName: string; readonly isBlockCoverage: boolean }[];
  }[];
}

describe("a homeserver's own process that a callback blocks", () => {
  unmeasured();

  it("a homeserver's own process that a callback blocks names it on standard error while it does, in the log once it's over, and isn't killed", async () => {
    const { stderr, log, status } = await written({ body: "loop", ms: 4000 });
    expect(stderr).to.match(
      /^\S+ warn \[Blocking\] Blocking\.check \(checkEventForSpam\) has blocked the process for \d\.\d s; request PUT-7; modules\.mjs:\d+ .*\n$/,
    );
    expect(log.length).to.equal(1);
    const { timestamp: _, message, place, ...data } = log[0]!;
    expect(data).to.deep.equal({
      level: "warn",
      module: "Blocking",
      hook: "SpamChecker.checkEventForSpam",
      requestId: "PUT-7",
      callback: "Blocking.check",
      function: "Blocking.spin",
    });
    expect(message).to.match(
      /^Blocking\.check \(checkEventForSpam\) blocked the process for \d\.\d s; request PUT-7; modules\.mjs:\d+$/,
    );
    expect(place).to.match(/\/test\/fixtures\/watch\/modules\.mjs:\d+:\d+$/);
    expect(status).to.equal(0);
  });

  it("a homeserver's own process that a callback blocks names what blocks it after an await, and in a timer by `@Every`, by module, function, file and line", async () => {
    const { stderr } = await written({ body: "after an await", ms: 4000 });
    expect(stderr).to.match(
      /^\S+ warn \[Blocking\] Blocking\.spin has blocked the process for \d\.\d s; modules\.mjs:\d+ place=\S+\n$/,
    );
  });

  it("a homeserver's own process that a callback blocks logs nothing of a callback that is quick, or slow by promise", async () => {
    expect(await written({ body: "ham" })).to.deep.equal({ stderr: "", log: [], status: 0 });
  });

  it("a homeserver's own process that a callback blocks isn't looked into while its coverage is measured, which that would end", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-coverage-"));
    try {
      const { stderr } = await written({ body: "loop", ms: 4000 }, { ...process.env, NODE_V8_COVERAGE: folder });
      expect(stderr).to.match(
        /^\S+ warn \[Blocking\] Blocking\.check \(checkEventForSpam\) has blocked the process for \d\.\d s\b.*\n$/,
      );
      // Each thread writes a file.
      const files = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), "utf8")));
      const scripts = files.flatMap((json) => (JSON.parse(json) as Coverage).result);
      const { functions } = scripts.find(({ url }) => url.endsWith("/test/fixtures/watch/modules.mjs"))!;
      expect(functions.find(({ functionName }) => functionName === "spin")?.isBlockCoverage).to.equal(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
