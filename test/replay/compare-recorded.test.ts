import { expect } from "chai";
import type { ErrorRecord, Recorded } from "#src/decisions/decision-record.js";
import { PersonalHash } from "#src/decisions/personal-hash.js";
import { RecordComparer } from "#src/replay/compare-recorded.js";
import { recordedError as recordedErrorOf } from "#src/replay/recorded-error.js";
import { LigandError } from "#src/errors/ligand-error.js";
import { MatrixError } from "#src/matrix/matrix-error.js";

const recordedError = (error: ErrorRecord) =>
  recordedErrorOf(error, "HttpClient.getJson", () => expect.fail("it isn't recorded"));
const hash = PersonalHash.ephemeral();
const hashed = (text: string): Recorded => ({ $: "hashed", of: hash.of(text) });
const set = (...of: Recorded[]): Recorded => ({ $: "set", of });
const compare = (then: Recorded | undefined, now: Recorded | undefined) =>
  new RecordComparer(hash.keyId, hash).compare(then, now);

describe("what was recorded, compared with what is said now", () => {
  it("is the same if all that's known is the same, whatever the order of sets", () => {
    expect(compare({ a: [1, null, "x"], b: { $: "undefined" } }, { a: [1, null, "x"] })).to.equal("same");
    expect(compare(set("a", "b"), set("b", "a"))).to.equal("same");
    expect(compare(set(hashed("a"), hashed("b")), set("b", "a"))).to.equal("same");
    expect(compare({ $: "uncarried", of: "a function" }, { $: "uncarried", of: "a function" })).to.equal("same");
  });

  it("is different if anything that's known is different, whatever isn't known", () => {
    expect(compare({ a: { $: "cut" }, b: 1 }, { a: 1, b: 2 })).to.equal("different");
    expect(compare([1], [1, 2])).to.equal("different");
    expect(compare(set("a"), set("b"))).to.equal("different");
    expect(compare(set(hashed("a")), set("b"))).to.equal("different");
    expect(compare(set("a"), set("a", "b"))).to.equal("different");
    expect(compare(hashed("a"), 1)).to.equal("different");
    expect(compare("a", ["a"])).to.equal("different");
    expect(compare(undefined, null)).to.equal("different");
    const proto = JSON.parse('{"__proto__":{}}') as Recorded;
    expect([compare({}, proto), compare(proto, {}), compare(proto, proto)]).to.deep.equal([
      "different",
      "different",
      "same",
    ]);
    expect([compare({}, { constructor: 1 }), compare({ constructor: 1 }, {})]).to.deep.equal([
      "different",
      "different",
    ]);
  });

  it("is unknown, with the reason, if it may be either", () => {
    expect(compare({ a: { $: "left out" } }, { a: 1 })).to.equal("left out");
    expect(compare(set(hashed("a"), { $: "cut" }), set("a", "b"))).to.equal("cut");
    expect(compare({ $: "uncarried", of: "4 bytes" }, "text")).to.equal("uncarried");
    expect(new RecordComparer(hash.keyId, undefined).compare(hashed("a"), "a")).to.equal("hashed");
    expect(new RecordComparer("another", hash).compare(hashed("a"), "a")).to.equal("another key");
  });
});

describe("an error that a service threw then", () => {
  it("is thrown again as one of its kind", () => {
    const matrix = recordedError({ name: "Teapot", message: "no", status: 418, errcode: "M_UNKNOWN" });
    expect(matrix).to.be.an.instanceOf(MatrixError).and.include({ name: "Teapot", status: 418, errcode: "M_UNKNOWN" });
    const ligand = recordedError({ name: "LigandError", message: "no", code: "LIGAND_SERVICE_FAILED" });
    expect(ligand).to.be.an.instanceOf(LigandError).and.include({ code: "LIGAND_SERVICE_FAILED", message: "no" });
    const other = recordedError({ name: "Error", message: "no", code: "ECONNREFUSED" });
    expect(other).to.include({ name: "Error", message: "no", code: "ECONNREFUSED" });
    const odd = recordedError({ name: "constructor", message: "no", code: "toString" });
    expect(odd).to.be.an.instanceOf(Error).and.include({ name: "constructor", message: "no", code: "toString" });
  });
});
