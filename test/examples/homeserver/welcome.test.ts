import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SpamFilter } from "#examples/spam-filter/spam-filter.js";
import { readServer } from "#examples/replay/read-server.js";
import { welcome } from "#examples/homeserver/welcome.js";
import { Module, NOT_SPAM, SpamChecker, type JsonObject, type ProgrammaticEntry } from "#src/index.js";
import { HttpClient } from "./http-client.js";
import { startOn } from "./running.js";
import { MEMORY } from "./storages.js";

@Module()
class Mine {
  @SpamChecker.checkEventForSpam()
  check() {
    return NOT_SPAM;
  }
}

/** What the homeserver prints with modules, and what it answers to the registration that it prints. */
async function printed(modules: readonly ProgrammaticEntry[]): Promise<{ text: string; registered: unknown }> {
  const server = await startOn(MEMORY, { modules });
  const text = welcome(server, "data");
  const [, body] = / -d "(\{.*?\})" /.exec(text)!;
  const unquoted = body!.replaceAll('\\"', '"').replace("$(date +%s)", "17");
  const registration = { body: JSON.parse(unquoted) as JsonObject };
  const answer = await new HttpClient(server.url).ask("POST", "/_matrix/client/v3/register", registration);
  await server.stop();
  return { text, registered: answer.user_id };
}

describe("what the example homeserver prints when it starts", () => {
  it("the commands that the example homeserver prints work with any modules", async () => {
    const own = await printed([{ module: Mine }]);
    expect(own.registered).to.equal("@ann-17:example.org");
    expect(own.text).to.include('Then type this:\n\n  say "hello"\n      → the modules are asked about it\n');
    const { text, registered } = await printed([{ module: Mine }, { module: SpamFilter }]);
    expect(registered).to.equal("@ann-17:example.org");
    expect(text).to.include('Then type this:\n\n  say "double your bitcoin"\n      → SpamFilter refuses it: 403');
  });

  it("the example homeserver says what to add to a configuration that doesn't name it", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ligand-nameless-"));
    const file = join(folder, "modules.yaml");
    await writeFile(file, "modules: []\n");
    const error = await readServer(file).catch((thrown: Error) => thrown.message);
    await rm(folder, { recursive: true });
    expect(error).to.equal(
      `${file} has no \`server_name\`: add the homeserver's name, such as \`server_name: example.org\``,
    );
  });
});
