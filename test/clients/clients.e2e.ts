import { join } from "node:path";
import { expect } from "chai";
import type { Client, Deed } from "./client.js";
import { startHomeserverProcess, type HomeserverProcess } from "./homeserver-process.js";
import { Hydrogen } from "./hydrogen.js";
import { MatrixCommander } from "./matrix-commander.js";
import { ProgramClient } from "./program-client.js";

const SOURCES = join(import.meta.dirname, "..", "..", "..", "test", "clients");
const PYTHON = join(SOURCES, ".venv", "bin");
/** See `scripts/clients/test.mjs`. */
const { NODE_22: node = process.execPath, CHROMIUM: chromium = "/usr/bin/chromium" } = process.env;
const MOST_MB = 250;
const PASSWORD = "correct horse";

const NAMES = ["matrix-nio", "mautrix", "matrix-commander", "matrix-js-sdk", "Hydrogen"] as const;
type Name = (typeof NAMES)[number];

describe("clients of the example homeserver", () => {
  let homeserver: HomeserverProcess;
  let clients: Record<Name, Client>;

  before(async () => {
    homeserver = await startHomeserverProcess();
    const { url } = homeserver;
    const idOf = (name: string) => `@user-of-${name.toLowerCase()}:example.org`;
    const program = (name: Name, command: string[]) => new ProgramClient(name, idOf(name), command, url);
    const python = join(PYTHON, "python");
    clients = {
      "matrix-nio": program("matrix-nio", [python, join(SOURCES, "nio_program.py")]),
      mautrix: program("mautrix", [python, join(SOURCES, "mautrix_program.py")]),
      "matrix-commander": new MatrixCommander(idOf("matrix-commander"), join(PYTHON, "matrix-commander"), url),
      "matrix-js-sdk": program("matrix-js-sdk", [node, join(import.meta.dirname, "js-sdk-program.js")]),
      Hydrogen: new Hydrogen(idOf("Hydrogen"), chromium, url),
    };
    for (const name of NAMES) await homeserver.register(idOf(name).slice(1).split(":")[0]!, PASSWORD);
  });

  after(async () => {
    await Promise.all(Object.values(clients ?? {}).map((client) => client.stop()));
    await homeserver?.stop();
  });

  afterEach(function () {
    const requests = homeserver
      .log()
      .split("\n")
      .filter((line) => !/ (?:OPTIONS-|GET-\d+ \S+\/sync )/.test(line));
    if (this.currentTest?.state === "failed") console.error(requests.slice(-20).join("\n"));
  });

  for (const name of NAMES) {
    it(`${name} logs in`, () => clients[name].logIn(PASSWORD));
  }

  for (const creator of NAMES) {
    const others = NAMES.filter((name) => name !== creator);
    let roomId: string;

    /** Someone does something, and everybody else receives it. */
    async function isHeard(actor: Name, deed: Deed): Promise<void> {
      await clients[actor].act(roomId, deed);
      const listeners = NAMES.filter((name) => name !== actor);
      await Promise.all(listeners.map((name) => clients[name].hears(roomId, clients[actor].userId, deed)));
    }

    it(`${creator} invites the others to a new room, and each of them accepts`, async () => {
      const invited = others.map((name) => clients[name].userId);
      roomId = await clients[creator].createRoom(`Room of ${creator}`, invited);
      await Promise.all(others.map((name) => clients[name].acceptInvite(roomId)));
    });

    const greeting = `A greeting from ${creator}`;

    it(`what ${creator} says in its room reaches the others`, async () => {
      await isHeard(creator, { does: "says", body: greeting });
    });

    // In each room another one does this and that: each of them does everything once.
    const start = NAMES.indexOf(creator) + 1;
    const after = (steps: number) => NAMES[(start + steps) % NAMES.length]!;
    const deeds: [Name, string, Deed][] = [
      [after(0), "a reaction", { does: "reacts", to: greeting, key: "👍" }],
      [after(1), "a reply in a thread", { does: "replies", to: greeting, body: `A reply from ${after(1)}` }],
      [after(2), "a file", { does: "shares", name: `of-${after(2)}.txt`, content: `A file of ${after(2)}` }],
      [after(3), "a message", { does: "says", body: `A message from ${after(3)}` }],
    ];
    for (const [actor, what, deed] of deeds) {
      it(`${what} of ${actor} in the room of ${creator} reaches the others`, () => isHeard(actor, deed));
    }
  }

  it(`the homeserver holds less than ${MOST_MB} MB after all that`, async () => {
    expect(await homeserver.memoryMb()).to.be.below(MOST_MB);
  });

  it("no request of a client has failed inside the homeserver", () => {
    const errors = homeserver
      .log()
      .split("\n")
      .filter((line) => /^\S+ error /.test(line));
    expect(errors).to.deep.equal([]);
  });
});
