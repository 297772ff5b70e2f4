import { expect } from "chai";
import fc from "fast-check";
import { createInMemoryStorage, type Storage } from "#src/homeserver.js";
import { failureOf } from "../failure-of.js";

const DEVICE = { userId: "@alice:example.org", deviceId: "PHONE", displayName: null } as const;

describe("InMemoryStorage", () => {
  it("InMemoryStorage finds a row by its key, and rows by some of their columns in the order of their adding", async () => {
    const { devices } = createInMemoryStorage();
    const tablet = { ...DEVICE, deviceId: "TABLET" };
    await devices.put(DEVICE);
    await devices.put(tablet);
    await devices.put({ ...DEVICE, userId: "@bob:example.org" });
    expect(await devices.get({ userId: DEVICE.userId, deviceId: "TABLET" })).to.deep.equal(tablet);
    expect(await devices.get({ userId: DEVICE.userId, deviceId: "PC" })).to.equal(undefined);
    expect(await devices.find({ userId: DEVICE.userId })).to.deep.equal([DEVICE, tablet]);
  });

  it("InMemoryStorage keeps a row as it was put, even if the object changes later", async () => {
    const { devices } = createInMemoryStorage();
    const row: { userId: "@alice:example.org"; deviceId: string; displayName: string | null } = { ...DEVICE };
    await devices.put(row);
    row.displayName = "changed";
    expect(await devices.get(DEVICE)).to.deep.equal(DEVICE);
  });

  it("InMemoryStorage counts sequences apart", async () => {
    const storage = createInMemoryStorage();
    const numbers = [await storage.next("a"), await storage.next("a"), await storage.next("b")];
    expect(numbers).to.deep.equal([1, 2, 1]);
  });

  it("InMemoryStorage takes back what a transaction has written when it throws", async () => {
    const storage = createInMemoryStorage();
    await storage.devices.put(DEVICE);
    const failure = new TypeError("broken");
    const transaction = storage.transact(async ({ devices }) => {
      await devices.put({ ...DEVICE, displayName: "changed" });
      await devices.put({ ...DEVICE, deviceId: "TABLET" });
      await devices.delete(DEVICE);
      throw failure;
    });
    expect(await failureOf(transaction)).to.equal(failure);
    expect(await storage.devices.find()).to.deep.equal([DEVICE]);
  });

  it("InMemoryStorage runs transactions one after the other, also after one that failed", async () => {
    const storage = createInMemoryStorage();
    const happened: string[] = [];
    const transaction = (name: string, fails: boolean) =>
      storage.transact(async () => {
        happened.push(`${name} begins`);
        await Promise.resolve();
        happened.push(`${name} ends`);
        if (fails) throw new TypeError(name);
      });
    await Promise.allSettled([transaction("one", true), transaction("two", false)]);
    expect(happened).to.deep.equal(["one begins", "one ends", "two begins", "two ends"]);
  });

  it("law: behaves as a map from keys to rows", async () => {
    const put = fc.record({ kind: fc.constant("put"), deviceId: fc.nat(3), name: fc.nat(9) });
    const remove = fc.record({ kind: fc.constant("delete"), deviceId: fc.nat(3), name: fc.constant(0) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(put, remove)), async (steps) => {
        const { devices }: Storage = createInMemoryStorage();
        const model = new Map<string, object>();
        for (const { kind, deviceId, name } of steps) {
          const row = { ...DEVICE, deviceId: String(deviceId), displayName: String(name) };
          if (kind === "put") {
            await devices.put(row);
            model.set(row.deviceId, row);
          } else {
            await devices.delete(row);
            model.delete(row.deviceId);
          }
        }
        expect(await devices.find()).to.deep.equal([...model.values()]);
      }),
    );
  });
});
