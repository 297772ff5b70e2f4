import { expect } from "chai";
import fc from "fast-check";
import type { OpenStorage } from "#examples/homeserver/storage/open-storage.js";
import { createInMemoryStorage, TABLES, type Rows, type Storage } from "#src/homeserver.js";
import { failureOf } from "../../failure-of.js";
import { clear, openEmpty, type Kind } from "./storages.js";

type TableName = "accountData" | "devices" | "events" | "media" | "state" | "tokens";
type Row = Record<string, unknown>;
type Operation =
  | { readonly kind: "put" | "get" | "delete"; readonly table: TableName; readonly row: Row }
  | { readonly kind: "find"; readonly table: TableName; readonly row: Row; readonly after: Row }
  | { readonly kind: "next"; readonly sequence: string }
  | { readonly kind: "transact"; readonly operations: readonly Operation[]; readonly fails: boolean };

/** Few, so that operations meet, and some that are hard to store. */
const text = fc.constantFrom("a", "b", "", "é'\"\\", "\\u0000", "\u0000", "\ud800", "@u:x");
const content = fc.dictionary(
  fc.constantFrom("body", "__proto__x", "content", "\u0000"),
  // JSON has no -0.
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown),
);
const nullable = fc.option(text);
const ROWS: Record<TableName, fc.Arbitrary<Row>> = {
  accountData: fc.record({ userId: text, roomId: text, type: text, content, stream: fc.nat(3) }),
  devices: fc.record({ userId: text, deviceId: text, displayName: nullable }),
  events: fc.record({ eventId: text, roomId: text, streamOrdering: fc.nat(3), dict: content, roomVersion: text }),
  media: fc.record({ mediaId: text, userId: text, content: fc.uint8Array(), name: nullable }),
  state: fc.record({ roomId: text, type: text, stateKey: text, eventId: text }),
  tokens: fc.record({ token: text, id: fc.nat(3), userId: text, deviceId: nullable, validUntilMs: fc.constant(null) }),
};

const onRow: fc.Arbitrary<Operation> = fc
  .constantFrom(...(Object.keys(ROWS) as TableName[]))
  .chain((table) =>
    fc
      .tuple(fc.constantFrom("put", "put", "get", "delete"), ROWS[table])
      .map(([kind, row]) => ({ kind, table, row }) as Operation),
  );
/** A lower bound for a column that the database has, or has not. */
function bound(table: TableName): fc.Arbitrary<Row> {
  const column = { accountData: "stream", events: "streamOrdering", tokens: "id" }[table as string];
  return column === undefined ? fc.constant({}) : fc.oneof(fc.constant({}), fc.record({ [column]: fc.nat(3) }));
}

const find: fc.Arbitrary<Operation> = fc
  .constantFrom(...(Object.keys(ROWS) as TableName[]))
  .chain((table) =>
    ROWS[table].chain((row) => fc.subarray(Object.keys(row)).map((columns) => ({ table, row: only(row, columns) }))),
  )
  .chain(({ table, row }) => bound(table).map((after) => ({ kind: "find", table, row, after })));
const simple = fc.oneof({ weight: 4, arbitrary: onRow }, { weight: 2, arbitrary: find });
const next: fc.Arbitrary<Operation> = fc.constantFrom("one", "two").map((sequence) => ({ kind: "next", sequence }));
// A number that a transaction took may be given again when it fails, so that sequences stay outside.
const transact: fc.Arbitrary<Operation> = fc
  .record({ operations: fc.array(simple, { maxLength: 6 }), fails: fc.boolean() })
  .map((transaction) => ({ kind: "transact", ...transaction }));
const operations = fc.array(
  fc.oneof({ weight: 6, arbitrary: simple }, { weight: 1, arbitrary: next }, { weight: 2, arbitrary: transact }),
  { maxLength: 25 },
);

/** Does it, and gives what came out. */
async function run(storage: Storage, operation: Operation): Promise<unknown> {
  if (operation.kind === "next") return storage.next(operation.sequence);
  if (operation.kind === "transact") {
    const results: unknown[] = [];
    const transaction = storage.transact(async (inner) => {
      for (const each of operation.operations) results.push(await run(inner, each));
      if (operation.fails) throw new RangeError("fails");
    });
    return [await transaction.catch((error: unknown) => String(error)), results];
  }
  const rows = storage[operation.table] as unknown as Rows<Row, string>;
  if (operation.kind === "find") return rows.find(operation.row, operation.after);
  return rows[operation.kind](operation.row);
}

function only(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

/** What every kind of storage does. */
export function describeStorage(kind: Kind): void {
  describe(`the example homeserver's storage: ${kind.name}`, () => {
    let storage: OpenStorage;
    const state = (stateKey: string, eventId: `$${string}` = "$1") =>
      ({ roomId: "!r:x", type: "t", stateKey, eventId }) as const;
    const stateKeys = async () => (await storage.state.find({ roomId: "!r:x" })).map(({ stateKey }) => stateKey);

    before(async () => {
      storage = await openEmpty(kind);
    });
    after(() => storage.close());
    beforeEach(() => clear(storage));

    it(`the storage ${kind.name} does what the storage in memory does`, async () => {
      let sequences = 0;
      await fc.assert(
        fc.asyncProperty(operations, async (all) => {
          const model = createInMemoryStorage();
          await clear(storage);
          sequences += 1;
          for (const operation of all) {
            // Sequences cannot be reset, so that each run has its own.
            const own =
              operation.kind === "next" ? { ...operation, sequence: `${operation.sequence} ${sequences}` } : operation;
            expect(await run(storage, own)).to.deep.equal(await run(model, own));
          }
          for (const table of Object.keys(ROWS) as TableName[]) {
            expect(await storage[table].find()).to.deep.equal(await model[table].find());
          }
        }),
        { numRuns: 60 },
      );
    });

    it(`the storage ${kind.name} has every table`, async () => {
      for (const name of Object.keys(TABLES) as (keyof typeof TABLES)[]) {
        const key = Object.fromEntries(TABLES[name].key.map((column) => [column, "k"]));
        const rows = storage[name] as unknown as Rows<Row, string>;
        const row = { ...key, more: 1, ...(name === "media" && { content: Uint8Array.of(0, 255) }) };
        await rows.put(row);
        expect(await rows.get(key), name).to.deep.equal(row);
      }
    });

    it(`the storage ${kind.name} returns each of many concurrent gets its own row`, async () => {
      for (const key of ["a", "b", "c"]) await storage.state.put(state(key, `$${key}`));
      const rows = await Promise.all(["c", "x", "a", "c"].map((key) => storage.state.get(state(key))));
      expect(rows.map((row) => row?.eventId)).to.deep.equal(["$c", undefined, "$a", "$c"]);
    });

    it(`the storage ${kind.name} runs transactions alone`, async () => {
      const increment = () =>
        storage.transact(async (inner) => {
          const row = await inner.profiles.get({ userId: "@a:x" });
          const displayName = String(Number(row?.displayName ?? 0) + 1);
          await inner.profiles.put({ userId: "@a:x", displayName, avatarUrl: null, custom: {} });
        });
      await Promise.all(Array.from({ length: 10 }, increment));
      expect((await storage.profiles.get({ userId: "@a:x" }))?.displayName).to.equal("10");
    });

    it(`the storage ${kind.name} returns each number of a sequence once`, async () => {
      const numbers = await Promise.all(Array.from({ length: 20 }, () => storage.next("once")));
      expect(new Set(numbers).size).to.equal(20);
      expect(Math.max(...numbers)).to.equal(20);
    });

    it(`the storage ${kind.name} keeps a row's place when the transaction fails that deletes it`, async () => {
      for (const key of ["a", "b", "c"]) await storage.state.put(state(key));
      const mine = new RangeError("no");
      const failing = storage.transact(async (inner) => {
        await inner.state.delete(state("b"));
        throw mine;
      });
      expect(await failureOf(failing)).to.equal(mine);
      expect(await stateKeys()).to.deep.equal(["a", "b", "c"]);
    });
  });
}
