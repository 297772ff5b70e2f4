import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { BridgedSynapse, modulesOf } from "./bridged-synapse.js";
import {
  FIVE_THOUSAND_MEMBERS,
  fillRoom,
  SETTINGS_OF_LARGE_ROOMS,
  STATE_OF_36_MB,
  type RoomSize,
} from "./large-room.js";
import { LigandServe } from "./ligand-serve.js";
import type { MatrixClient } from "./matrix-client.js";
import { RunningSynapse } from "./running-synapse.js";

const MODULES = ["LooksAtEvents", "LooksAtPower", "LooksAtState"] as const;
/** The machine may be busy: what is tested is that it works, not how fast. */
const CALL_TIMEOUT_SECONDS = 60;
const MAX_MEMORY_MIB = 1024;

/**
 * One Synapse with two large rooms. Alice creates each by the API; then Synapse stops, and `fill_room.py` writes the
 * members and the state into its database as Synapse would have. Each module has a `ligand serve` of its own, so that
 * none gets what another one declares.
 */
describe("large rooms beside Synapse", () => {
  let bridged: BridgedSynapse;
  let serves: readonly LigandServe[];
  let alice: MatrixClient;

  before(async () => {
    bridged = await BridgedSynapse.create();
    serves = MODULES.map((name) => new LigandServe(bridged.directory, name));
    const entry = (name: string) => bridged.recording(`${modulesOf("large-room-modules")}#${name}`);
    // Of the modules of that process, only the one in shadow looks at the state.
    const shadow = { ...entry("LooksInShadow"), operate: { mode: "shadow" } };
    await Promise.all(
      serves.map((serve, index) => serve.start([entry(MODULES[index]!), ...(index === 0 ? [shadow] : [])])),
    );
    await start();
    alice = await bridged.client.register("alice");
  });

  after(async () => {
    await Promise.all(serves.map((serve) => serve.stop()));
    await bridged.stop();
  });

  async function start(): Promise<void> {
    bridged.synapse = await RunningSynapse.start({
      directory: bridged.directory,
      modules: serves.map(({ socket }) => ({
        module: "ligand_synapse.LigandModules",
        config: { socket, call_timeout: CALL_TIMEOUT_SECONDS },
      })),
      settings: SETTINGS_OF_LARGE_ROOMS,
    });
  }

  /** What a callback saw of a message. */
  async function seenBy(callback: string, body: string): Promise<unknown> {
    for (const deadline = Date.now() + 60_000; ; await setTimeout(50)) {
      const found = (await bridged.recorded(callback)).find(([of]) => of === body);
      if (found) return found[1];
      if (Date.now() > deadline) throw new Error(`${callback} didn't see the message`);
    }
  }

  /** What each room holds beside Alice and what Synapse puts into every room. */
  const ROOMS: Readonly<Record<string, readonly [size: RoomSize, seen: object]>> = {
    "5,000 members": [FIVE_THOUSAND_MEMBERS, { members: 5001, joined: 5001, numbers: [], characters: 0 }],
    "36 MB of state": [
      STATE_OF_36_MB,
      {
        members: 1,
        joined: 1,
        numbers: Array.from({ length: 750 }, (_, number) => number),
        characters: Array.from({ length: 750 }, (_, number) => `${number} `.length)
          .map((length) => length * Math.floor(48_000 / length))
          .reduce((sum, length) => sum + length),
      },
    ],
  };
  for (const [what, [size, state]] of Object.entries(ROOMS)) {
    describe(`in a room of ${what}`, () => {
      let newLog: () => Promise<string>;

      before(async () => {
        const room = await alice.createRoom({ power_level_content_override: { kick: 77 } });
        await bridged.synapse.stop();
        fillRoom(bridged.directory, room, size);
        const before = (await bridged.synapse.log()).length;
        await start();
        newLog = async () => (await bridged.synapse.log()).slice(before);
        alice = alice.through(bridged.synapse.url);
        expect(await alice.sendMessage(room, what)).to.have.property("status", 200);
      });

      for (const hook of ["checkEventAllowed", "onNewEvent"]) {
        it(`${hook} of a module of one parameter is called for a message in a room of ${what}`, async () => {
          expect(await seenBy(`LooksAtEvents.${hook}`, what)).to.deep.equal({});
        });

        it(`${hook} sees what it declares of the state of a room of ${what}, and no more`, async () => {
          const seen = { kick: 77, membership: "join", size: 2 };
          expect(await seenBy(`LooksAtPower.${hook}`, what)).to.deep.equal(seen);
        });

        it(`${hook} sees all of the state of a room of ${what} where it declares the whole`, async () => {
          expect(await seenBy(`LooksAtState.${hook}`, what)).to.deep.equal(state);
        });
      }

      it(`checkEventAllowed in shadow sees all of the state of a room of ${what} after the message was allowed`, async () => {
        expect(await seenBy("LooksInShadow.checkEventAllowed", what)).to.deep.equal(state);
      });

      it(`no process needs more than ${MAX_MEMORY_MIB} MiB for a room of ${what}`, () => {
        const pids = [bridged.synapse.pid, ...serves.map(({ pid }) => pid)];
        for (const pid of pids) expect(mostMemoryMiB(pid)).to.be.below(MAX_MEMORY_MIB);
      });

      it(`the log has no error after a message in a room of ${what}`, async () => {
        const lines = (await newLog()).split("\n");
        expect(lines.filter((line) => / - (ERROR|CRITICAL) - |went unanswered/.test(line))).to.deep.equal([]);
      });
    });
  }
});

/** The most memory that a process has had. Linux alone tells. */
function mostMemoryMiB(pid: number): number {
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))!;
  return Number(kib) / 1024;
}
