import { expect } from "chai";
import { errorRecord } from "#src/decisions/error-writer.js";
import { LimitExceededError, MatrixError } from "#src/matrix/matrix-error.js";

describe("the record of an error", () => {
  it("the record of an error has nothing of what's withheld, also where its message is cut", () => {
    const [first, second] = ["a".repeat(15_000), "b".repeat(4000)];
    const { message } = errorRecord(new Error(`refused: ${first} ${second} ${"c".repeat(50)}`), [first, second]);
    expect(message).to.equal("refused: [redacted] …");
  });

  it("the record of an error has the first 2,000 characters of a long message", () => {
    const text = "word ".repeat(10_000);
    expect(errorRecord(new Error(text), ["withheld"]).message).to.equal(`${text.slice(0, 2000)}…`);
  });

  it("the record of an error has nothing of what's withheld where secrets were removed from it before", () => {
    const { message } = errorRecord(new Error("sent Bearer [redacted] to them"), ["Bearer abcdefghijklmnop"]);
    expect(message).to.equal("sent [redacted] to them");
  });

  it("the record of a Matrix error says that it has more for the client, and not what", () => {
    const none = { $: "left out" };
    expect(errorRecord(new LimitExceededError("slow down", { retryAfterMs: 1500 }), [])).to.deep.equal({
      name: "LimitExceededError",
      message: "slow down",
      status: 429,
      errcode: "M_LIMIT_EXCEEDED",
      fields: none,
      headers: none,
    });
    const plain = { name: "MatrixError", message: "no", status: 403, errcode: "M_FORBIDDEN" };
    expect(errorRecord(new MatrixError(403, "no", "M_FORBIDDEN"), [])).to.deep.equal(plain);
    const unreadable = Object.defineProperty(new MatrixError(403, "no", "M_FORBIDDEN"), "fields", {
      get: () => {
        throw new Error("not now");
      },
    });
    expect(errorRecord(unreadable, [])).to.deep.equal({ ...plain, fields: none });
  });
});
