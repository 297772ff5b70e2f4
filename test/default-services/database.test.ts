import { rmSync } from "node:fs";
import { expect } from "chai";
import { Database, type Transaction } from "#src/services/database.js";
import { PgliteDatabase } from "#src/default-services/pglite-database.js";
import { failureOf } from "../failure-of.js";
import { behavesLikeADatabase } from "./describe-database.js";
import { newPgliteFolder } from "./new-pglite-folder.js";

describe("Database", () => {
  /** Fails with an SQLSTATE a given number of times. */
  class Failing extends Database {
    attempts = 0;
    constructor(
      readonly code: string,
      readonly failures: number,
    ) {
      super();
    }
    protected async transact<T>(_desc: string, f: (txn: Transaction) => T | Promise<T>): Promise<T> {
      if (++this.attempts <= this.failures) throw Object.assign(new RangeError("failed"), { code: this.code });
      return f({ query: async () => ({ rows: [], affectedRows: 0 }) });
    }
  }

  for (const code of ["40001", "40P01"]) {
    it(`case 480: Database runs the function again after an error ${code}`, async () => {
      const database = new Failing(code, 5);
      expect([await database.runInteraction("work", () => "done"), database.attempts]).to.deep.equal(["done", 6]);
    });
  }

  it("Database gives up after the sixth attempt", async () => {
    const database = new Failing("40001", 6);
    expect(await failureOf(database.runInteraction("work", () => "done"))).to.include({ code: "40001" });
    expect(database.attempts).to.equal(6);
  });

  it("Database doesn't run the function again after another error", async () => {
    const database = new Failing("23505", 1);
    expect(await failureOf(database.runInteraction("work", () => "done"))).to.include({ code: "23505" });
    expect(database.attempts).to.equal(1);
  });
});

describe("PgliteDatabase", () => {
  const folders: string[] = [];
  const newFolder = async () => {
    const folder = await newPgliteFolder();
    folders.push(folder);
    return folder;
  };
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  behavesLikeADatabase(async () => new PgliteDatabase({ dataDir: await newFolder() }));

  it("PgliteDatabase keeps its data in a directory", async () => {
    const dataDir = await newFolder();
    const database = new PgliteDatabase({ dataDir });
    await database.runInteraction("create", (txn) => txn.query("CREATE TABLE kept AS SELECT 42 AS answer"));
    await database.close();
    const again = new PgliteDatabase({ dataDir });
    const { rows } = await again.runInteraction("read", (txn) => txn.query("SELECT answer FROM kept"));
    await again.close();
    expect(rows).to.deep.equal([{ answer: 42 }]);
  });
});
