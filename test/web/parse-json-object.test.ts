import { expect } from "chai";
import { CancelledError } from "#src/errors/cancelled-error.js";
import { MatrixError } from "#src/matrix/matrix-error.js";
import { parseJsonObject, type ParseJsonOptions } from "#src/web/parse-json-object.js";

function parse(body: NonNullable<ConstructorParameters<typeof Request>[1]>["body"], options?: ParseJsonOptions) {
  return parseJsonObject(new Request("http://x/", { method: "POST", body: body ?? null, duplex: "half" }), options);
}

/** What a failing call throws: for a MatrixError, its status and code. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return { returned: await call };
  } catch (error) {
    return error instanceof MatrixError ? [error.status, error.errcode] : error;
  }
}

describe("parseJsonObject", () => {
  it("case 502: parseJsonObject returns the object", async () => {
    expect(await parse('{"a":{"b":[1,null,"é"]}}')).to.deep.equal({ a: { b: [1, null, "é"] } });
    expect(await parse("\ufeff{}")).to.deep.equal({});
  });

  it("case 502: parseJsonObject refuses what isn't JSON", async () => {
    for (const body of ["{", "a=1", "NaN", new Uint8Array([0x22, 0xff, 0x22])]) {
      expect(await errorOf(parse(body))).to.deep.equal([400, "M_NOT_JSON"]);
    }
  });

  it("case 502: parseJsonObject refuses JSON that isn't an object", async () => {
    for (const body of ["[]", "null", '"x"', "1"]) {
      expect(await errorOf(parse(body))).to.deep.equal([400, "M_BAD_JSON"]);
    }
  });

  it("case 502: parseJsonObject accepts an empty body as an empty object only when allowed", async () => {
    expect(await parse("", { allowEmpty: true })).to.deep.equal({});
    expect(await parse(null, { allowEmpty: true })).to.deep.equal({});
    expect(await errorOf(parse(""))).to.deep.equal([400, "M_NOT_JSON"]);
    expect(await errorOf(parse(null))).to.deep.equal([400, "M_NOT_JSON"]);
  });

  it("parseJsonObject refuses a body of more than 1 MiB, or of more than a limit given", async () => {
    const object = (length: number) => JSON.stringify({ a: "x".repeat(length - 8) });
    expect(await parse(object(1024 * 1024))).to.have.keys("a");
    expect(await errorOf(parse(object(1024 * 1024 + 1)))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(await parse('{"a":1}', { maxBytes: 7 })).to.deep.equal({ a: 1 });
    expect(await errorOf(parse('{"a":1}', { maxBytes: 6 }))).to.deep.equal([413, "M_TOO_LARGE"]);
  });

  it("parseJsonObject doesn't read a body that says it is too large", async () => {
    const request = new Request("http://x/", { method: "POST", headers: { "Content-Length": "100" }, body: "{}" });
    expect(await errorOf(parseJsonObject(request, { maxBytes: 99 }))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(request.bodyUsed).to.equal(false);
  });

  it("parseJsonObject stops reading an endless body at the limit", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    expect(await errorOf(parse(endless, { maxBytes: 4096 }))).to.deep.equal([413, "M_TOO_LARGE"]);
    expect(pulled).to.be.lessThan(10);
  });

  it("parseJsonObject throws the error of a body that breaks off for another reason", async () => {
    const broken = new RangeError("connection reset");
    const body = new ReadableStream({ pull: (controller) => controller.error(broken) });
    expect(await errorOf(parse(body))).to.equal(broken);
  });

  it("parseJsonObject throws a CancelledError when the client goes away", async () => {
    const client = new AbortController();
    const body = new ReadableStream({
      pull(controller) {
        client.abort();
        controller.error(new RangeError("connection reset"));
      },
    });
    const request = new Request("http://x/", { method: "POST", body, duplex: "half", signal: client.signal });
    expect(await errorOf(parseJsonObject(request))).to.be.an.instanceof(CancelledError);
  });
});
