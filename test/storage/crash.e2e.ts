import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import { expect } from "chai";
import { openStorage, type StoragePlace } from "#examples/homeserver/storage/open-storage.js";
import { failureOf } from "../failure-of.js";
import { LASTING_KINDS } from "./lasting-kinds.js";

const WRITER = join(import.meta.dirname, "writer.js");
const CRASHES = 4;

function startWriter(place: StoragePlace) {
  const child = spawn(process.execPath, [WRITER, JSON.stringify(place)], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const acknowledged: number[] = [];
  lines.on("line", (line) => acknowledged.push(Number(line)));
  const kill = async () => {
    const closed = once(lines, "close");
    child.kill("SIGKILL");
    await Promise.all([exited, closed]);
    return acknowledged;
  };
  return { firstLine: once(lines, "line"), kill };
}

for (const kind of LASTING_KINDS) {
  describe(`the example homeserver's storage after kill -9: ${kind.name}`, () => {
    let place: StoragePlace;
    let remove: () => Promise<void>;

    beforeEach(async () => {
      ({ place, remove } = await kind.create());
    });
    afterEach(() => remove());

    it(`the example homeserver's storage after kill -9: ${kind.name} has everything that was acknowledged, and no half of a transaction`, async () => {
      const acknowledged: number[] = [];
      for (let crashes = 0; crashes < CRASHES; crashes += 1) {
        const writer = startWriter(place);
        await writer.firstLine;
        await setTimeout(Math.random() * 300);
        acknowledged.push(...(await writer.kill()));
      }
      const storage = await openStorage(place);
      const events = await storage.events.find({ roomId: "!r:x" });
      const state = await storage.state.find({ roomId: "!r:x" });
      const devices = await storage.devices.find({ userId: "@a:x" });
      await storage.close();

      const stored = new Set(events.map(({ streamOrdering }) => streamOrdering));
      expect(acknowledged.filter((number) => !stored.has(number))).to.deep.equal([]);
      expect(new Set(acknowledged).size).to.equal(acknowledged.length).and.to.be.at.least(CRASHES);
      expect(state.map(({ eventId }) => eventId)).to.have.members(events.map(({ eventId }) => eventId));
      expect(devices.map(({ deviceId }) => Number(deviceId))).to.include.members(acknowledged);
    });

    it(`the example homeserver's storage after kill -9: ${kind.name} opens when the process was killed while it made the database`, async () => {
      // The kind's own place has a database that was copied.
      if ("folder" in (place as object))
        await rm(join((place as { folder: string }).folder, "data"), { recursive: true });
      for (const delay of [300, 600]) {
        const writer = startWriter(place);
        writer.firstLine.catch(() => {});
        await setTimeout(delay);
        await writer.kill();
      }
      const storage = await openStorage(place);
      expect(await storage.next("afterwards")).to.equal(1);
      await storage.close();
    });

    if (kind.name === "PGlite") {
      it(`the example homeserver's storage after kill -9: ${kind.name} refuses a folder that another process uses`, async () => {
        const { folder } = place as { folder: string };
        const writer = startWriter(place);
        await writer.firstLine;
        const error = await failureOf(openStorage(place));
        await writer.kill();
        expect(error).to.include({ code: "LIGAND_SERVICE_FAILED" });
        expect(String(error))
          .to.match(/the database folder .* is in use by process \d+/)
          .and.to.include(folder);
      });
    } else {
      it(`the example homeserver's storage after kill -9: ${kind.name} creates its schema once when two processes start together`, async () => {
        const both = await Promise.all([openStorage(place), openStorage(place)]);
        const numbers = await Promise.all(both.map((storage) => storage.next("both")));
        for (const storage of both) await storage.close();
        expect(numbers).to.have.members([1, 2]);
      });

      it(`the example homeserver's storage after kill -9: ${kind.name} runs a transaction again that conflicts with one of another process`, async () => {
        const both = await Promise.all([openStorage(place), openStorage(place)]);
        const append = (storage: (typeof both)[0]) => storage.transact((inner) => inner.next("both"));
        const numbers = await Promise.all(both.flatMap((storage) => Array.from({ length: 15 }, () => append(storage))));
        for (const storage of both) await storage.close();
        expect(numbers.toSorted((one, other) => one - other)).to.deep.equal(
          Array.from({ length: 30 }, (_, i) => i + 1),
        );
      });
    }
  });
}
