import { expect } from "chai";
import fc from "fast-check";
import { LigandError } from "#src/errors/ligand-error.js";
import { ParsedUserId, RoomAlias } from "#src/matrix/identifiers.js";
import { RoomEvent } from "#src/matrix/room-event.js";
import { StateMap } from "#src/matrix/state-map.js";
import { deny } from "#src/matrix/verdict.js";
import { decode, encode, MAX_DEPTH } from "#src/remote/wire/wire.js";
import { REAL_RUNTIME } from "#src/remote/wire/runtime.js";
import type { Wire } from "#src/remote/wire/protocol.js";
import type { Handles } from "#src/remote/wire/wire-forms.js";

/** A connection that keeps nothing: what crosses it is values alone. */
const none: Handles = {
  runtime: REAL_RUNTIME,
  keep: () => 1,
  use: () => () => Promise.resolve(),
  share: () => 1,
  keepState: () => 1,
  file: (path) => ({ path, writeChunksTo: () => Promise.resolve() }),
  requestId: () => undefined,
  lent: () => undefined,
  remember: () => undefined,
  bodyOf: () => undefined,
  readBody: ({ start }) => Buffer.from(start, "base64"),
};

/** A value as it arrives: encoded, written as JSON, read, decoded. */
function crossed(value: unknown): unknown {
  return decode(JSON.parse(JSON.stringify(encode(value, none))) as Wire, none);
}

const keys = fc.oneof(fc.string(), fc.constantFrom("$", "__proto__", "constructor", "toString", "then"));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "binary" }),
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.array(tie("value")),
    fc.array(fc.tuple(keys, tie("value"))).map(objectOf),
  ),
})).value;

const localpart = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const userId = localpart.map((name) => `@${name}:example.org` as const);
const event = fc
  .record(
    {
      event_id: localpart.map((id) => `$${id}` as const),
      room_id: localpart.map((id) => `!${id}` as const),
      type: fc.string(),
      sender: userId,
      state_key: fc.string(),
      content: fc
        .array(
          fc.tuple(
            keys.filter((key) => key !== "__proto__"),
            json,
          ),
        )
        .map(objectOf),
      unsigned: fc.constant({ $: "event" }),
    },
    { requiredKeys: ["room_id", "type", "sender", "content"] },
  )
  .chain((dict) =>
    fc
      .record({ roomVersion: fc.constantFrom("1", "11"), rejectedReason: fc.option(fc.string(), { nil: undefined }) })
      .map(
        ({ roomVersion, rejectedReason }) =>
          new RoomEvent(dict as never, { roomVersion, ...(rejectedReason !== undefined && { rejectedReason }) }),
      ),
  );
const denial = fc
  .tuple(fc.constantFrom("M_FORBIDDEN", "ORG_EXAMPLE_CODE"), fc.option(fc.string()), fc.dictionary(localpart, json))
  .map(([code, error, { error: _, ...fields }]) =>
    deny(code as never, { ...fields, ...(error !== null && { error }) }),
  );
const tagged: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  event,
  state: fc.array(fc.tuple(fc.string(), fc.string(), fc.oneof(event, json))).map((entries) => new StateMap(entries)),
  "user id": userId.map((id) => ParsedUserId.fromString(id)),
  "room alias": localpart.map((name) => RoomAlias.fromString(`#${name}:example.org`)),
  denial,
  set: fc.array(json).map((items) => new Set(items)),
  map: fc.array(fc.tuple(json, json)).map((entries) => new Map(entries)),
  bytes: fc.uint8Array(),
};

describe("the forms of values on the wire", () => {
  it("the forms of values on the wire restore every JSON value, even objects with the key `$`", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(crossed(value)).to.deep.equal(value);
      }),
    );
  });

  for (const [name, values] of Object.entries(tagged)) {
    it(`the forms of values on the wire restore every ${name}, at any depth`, () => {
      fc.assert(
        fc.property(values, json, (value, other) => {
          const nested = [value, { $: value, other }, new Set([value])];
          expect(contents(crossed(nested))).to.deep.equal(contents(nested));
        }),
        { numRuns: 50 },
      );
    });
  }

  it("the forms of values on the wire never let a key `__proto__` change what an object inherits", () => {
    const value = crossed(JSON.parse('{"__proto__": {"isAdmin": true}}')) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
    expect(value["isAdmin"]).to.equal(undefined);
  });

  it("the forms of values on the wire have none for what isn't plain data, or is nested too deeply to be read", () => {
    const circle: unknown[] = [];
    circle.push(circle);
    for (const [value, found] of [
      [circle, `a value that is nested more deeply than ${MAX_DEPTH} levels`],
      [new Date(0), "a Date"],
      [Symbol("s"), "a Symbol"],
      [1n, "a BigInt"],
      [Number.NaN, "the number NaN"],
      [Number.POSITIVE_INFINITY, "the number Infinity"],
    ] as const) {
      expect(() => encode({ a: [value] }, none))
        .to.throw(LigandError, `${found} can't leave its process; expected plain data or a value of the Matrix types`)
        .with.property("code", "LIGAND_ARGUMENT_INVALID");
    }
  });

  for (const [what, wire, message] of [
    ["an unknown form", { $: "eval", code: "1" }, 'a value has the unknown form "eval"'],
    ["a form that objects inherit", { $: "constructor" }, 'a value has the unknown form "constructor"'],
    ["a form that is no text", { $: ["event"] }, 'a value has the unknown form ["event"]'],
    ["an event without its dictionary", { $: "event" }, `a value doesn't have the form "event"`],
    [
      "a denial with a code that is none",
      { $: "denial", code: "no", error: null, fields: {} },
      `a value doesn't have the form "denial"`,
    ],
    ["a user id that is none", { $: "user", text: "alice" }, `a value doesn't have the form "user"`],
    ["a set without items", { $: "set", items: 3 }, `a value doesn't have the form "set"`],
    ["a request without a whole URL", { $: "request", url: "/x" }, `a value doesn't have the form "request"`],
  ] as const) {
    it(`the forms of values on the wire refuse ${what}`, () => {
      expect(() => decode(wire as unknown as Wire, none))
        .to.throw(LigandError, message)
        .with.property("code", "LIGAND_REMOTE_PROTOCOL");
    });
  }

  it("the forms of values on the wire refuse what is nested too deeply", () => {
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as Wire;
    expect(() => decode(deep, none)).to.throw(LigandError, `a value is nested more deeply than ${MAX_DEPTH} levels`);
  });
});

function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

/** Values whose contents are private, as what they hold. */
function contents(value: unknown): unknown {
  if (value instanceof RoomEvent) return { event: value.getDict(), members: { ...value } };
  if (value instanceof StateMap) return [...value].map(contents);
  if (value instanceof Map) return { map: [...value].map(contents) };
  if (value instanceof Set) return { set: [...value].map(contents) };
  if (Array.isArray(value)) return value.map(contents);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, contents(member)]));
}
