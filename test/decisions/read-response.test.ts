import { expect } from "chai";
import type { Recorded } from "#src/decisions/decision-record.js";
import { ReadResponse } from "#src/decisions/read-response.js";
import { RoomLeft } from "#src/decisions/room-left.js";
import { ValueWriter } from "#src/decisions/value-writer.js";
import type { Privacy } from "#src/matrix/privacy.js";
import { HttpClient } from "#src/services/http-client.js";
import { failureOf } from "../failure-of.js";

const { returns } = HttpClient.declaration.methods.request as { readonly returns: Privacy };
const TEXT = '{"is_spam": true}';

/** What's recorded of a response once it has been used. */
async function recordedOf(response: Response, use: (response: Response) => unknown, bodies = true): Promise<Recorded> {
  const watched = ReadResponse.of(response)!;
  await use(response);
  const writer = new ValueWriter({ personal: "whole", bodies, hash: (text) => text }, new RoomLeft(100_000));
  return writer.write(watched.recorded, returns);
}

async function streamed(response: Response): Promise<string> {
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) text += part;
  return text;
}

async function intoBuffer(response: Response): Promise<string> {
  const reader = response.body!.getReader({ mode: "byob" });
  let text = "";
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(5));
    if (done) return text;
    text += Buffer.from(value).toString();
  }
}

async function copiedLate(response: Response): Promise<string | undefined> {
  if (!response.body) return undefined;
  const copy = response.clone();
  expect([copy.status, copy.headers.get("content-type"), copy.url]).to.deep.equal([404, "application/json", ""]);
  await response.text();
  return copy.text();
}

describe("the body of a response that a callback reads", () => {
  for (const [way, read, expected] of [
    ["text", (response: Response) => response.text(), TEXT],
    ["json", (response: Response) => response.json(), { is_spam: true }],
    ["arrayBuffer", async (response: Response) => Buffer.from(await response.arrayBuffer()).toString(), TEXT],
    ["blob", async (response: Response) => (await response.blob()).text(), TEXT],
    ["body", streamed, TEXT],
    ["body into a buffer", intoBuffer, TEXT],
    ["clone", async (response: Response) => [await response.clone().text(), await response.text()][1], TEXT],
    ["clone once its body was looked at", copiedLate, TEXT],
  ] as const) {
    it(`is what the server sent, and is recorded, if it's read by ${way}`, async () => {
      const given = new Response(TEXT, { status: 404, headers: { "content-type": "application/json" } });
      let found: unknown;
      const recorded = await recordedOf(given, async (response) => {
        expect([response instanceof Response, response.bodyUsed, response.status]).to.deep.equal([true, false, 404]);
        found = await read(response);
        expect([response.bodyUsed, ((await failureOf(response.text())) as Error).name]).to.deep.equal([
          true,
          "TypeError",
        ]);
      });
      expect(found).to.deep.equal(expected);
      expect(recorded).to.deep.equal({ status: 404, body: TEXT });
    });
  }

  it("isn't recorded if it isn't read to its end, or if it broke off", async () => {
    const unread = { status: 200, body: { $: "uncarried", of: "a body that wasn't read to its end" } };
    expect(await recordedOf(new Response(TEXT), () => undefined)).to.deep.equal(unread);
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from("{"));
        controller.error(new Error("gone"));
      },
    });
    expect(await recordedOf(new Response(broken), (response) => failureOf(response.json()))).to.deep.equal(unread);
    const part = async (response: Response) => {
      for await (const _ of response.body!) break;
    };
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.from("x")) });
    expect(await recordedOf(new Response(endless), part)).to.deep.equal(unread);
  });

  it("the sender of a body is notified why it isn't read further, and its body isn't read ahead of the module", async () => {
    let [pulled, why] = [0, undefined as unknown];
    const endless = new ReadableStream(
      {
        pull: (controller) => {
          pulled++;
          controller.enqueue(Buffer.from("x"));
        },
        cancel: (reason) => {
          why = reason;
        },
      },
      { highWaterMark: 0 },
    );
    await recordedOf(new Response(endless), async ({ body }) => {
      const reader = body!.getReader();
      await reader.read();
      await reader.read();
      await reader.cancel("enough");
    });
    expect([pulled, why]).to.deep.equal([2, "enough"]);
  });

  it("is what a test gives for a response, also if it gives the same again", async () => {
    const given = new Response(TEXT);
    ReadResponse.of(given);
    expect(await recordedOf(given, (response) => response.text())).to.deep.equal({ status: 200, body: TEXT });
    const made = { status: 200, bodyUsed: false, body: ["x"], clone: () => made, text: async () => "x" };
    let found: unknown;
    const recorded = await recordedOf(made as unknown as Response, async (response) => {
      found = await response.text();
    });
    expect([found, recorded]).to.deep.equal([
      "x",
      { status: 200, body: { $: "uncarried", of: "a body that wasn't read to its end" } },
    ]);
  });

  it("without bodies nothing of it is recorded but the status", async () => {
    for (const use of [() => undefined, (response: Response) => response.text()]) {
      expect(await recordedOf(new Response(TEXT), use, false)).to.deep.equal({ status: 200, body: { $: "left out" } });
    }
  });

  it("is cut if it's larger than a record, and read whole all the same", async () => {
    const large = "x".repeat(300_000);
    let length = 0;
    const recorded = await recordedOf(new Response(large), async (response) => {
      ({ length } = await response.text());
    });
    expect([length, recorded]).to.deep.equal([300_000, { status: 200, body: { $: "cut" } }]);
  });

  it("is withheld if it has a secret; of JSON, the rest is recorded", async () => {
    const read = (body: string) => recordedOf(new Response(body), (response) => response.text());
    expect(await read('{"access_token": "syt_x", "user": {"password": "p", "admin": true}}')).to.deep.equal({
      status: 200,
      body: { $: "secret" },
      json: { access_token: { $: "secret" }, user: { password: { $: "secret" }, admin: true } },
    });
    expect(await read("Authorization: Bearer syt_YW5u_kQwErTyUiOpAsDfGhJkL_0abcde")).to.deep.equal({
      status: 200,
      body: { $: "secret" },
    });
    const deep = `${"[".repeat(200)}{"password":"p"}${"]".repeat(200)}`;
    expect(await read(deep))
      .to.include({ status: 200 })
      .and.to.have.deep.property("body", { $: "secret" });
  });

  it("is recorded as its size if it isn't text", async () => {
    const read = (body: Uint8Array<ArrayBuffer>) =>
      recordedOf(new Response(body), (response) => response.arrayBuffer());
    expect(await read(Uint8Array.of(0xff, 0xd8, 0xff))).to.deep.equal({
      status: 200,
      body: { $: "uncarried", of: "3 bytes" },
    });
    // `text()` would leave out the mark that it begins with.
    expect(await read(Uint8Array.of(0xef, 0xbb, 0xbf, 0x78))).to.deep.equal({
      status: 200,
      body: { $: "uncarried", of: "4 bytes" },
    });
  });

  it("a response without a body has an empty one", async () => {
    expect(await recordedOf(new Response(null, { status: 204 }), (response) => response.text())).to.deep.equal({
      status: 204,
      body: "",
    });
  });

  it("what isn't a response is left as it is", () => {
    expect([null, 1, "x", {}, { status: 200 }].map((value) => ReadResponse.of(value))).to.deep.equal(
      Array.from({ length: 5 }, () => undefined),
    );
  });
});
