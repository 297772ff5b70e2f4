import { LigandError } from "../../errors/ligand-error.js";
import { ParsedUserId, RoomAlias } from "../../matrix/identifiers.js";
import { isPlainObject } from "../../matrix/json.js";
import type { ReadableFile } from "../../matrix/records.js";
import {
  ParsedEventOptions,
  RoomEvent,
  wireFormOf,
  type InternalMetadata,
  type RoomEventDict,
} from "../../matrix/room-event.js";
import { StateMap } from "../../matrix/state-map.js";
import { Denial, deny } from "../../matrix/verdict.js";
import type { Wire, WireBody, WireRequest, WireResponse } from "./protocol.js";
import type { Runtime } from "./runtime.js";
import { StatePieces } from "./state-pieces.js";
import { decodeError, encodeError } from "./wire-errors.js";
import { decodeRequest, decodeResponse, encodeRequest, type ReadBodyOf } from "./wire-http.js";

/** What stays on the side that owns it, and is used from the other by number. */
export interface Handles {
  readonly runtime: Runtime;
  /** Keeps a function for the other side. */
  keep(callback: (...args: unknown[]) => unknown): number;
  /** A function that calls one on the other side. */
  use(id: number): (...args: unknown[]) => Promise<unknown>;
  /** Lets the other side read a file. */
  share(file: ReadableFile): number;
  /** A file of the other side, read from disk if possible, otherwise in chunks. */
  file(path: string, id: number): ReadableFile;
  /** Lets the other side read the rest of a state. */
  keepState(pieces: StatePieces): number;
  /** The number of a request that came from the other side, or that was lent to it. */
  requestId(request: Request): number | undefined;
  /** The request that was lent to the other side under this number. */
  lent(id: number): Request | undefined;
  /** Stores the number by which the other side knows a request. */
  remember(request: Request, id: number): void;
  /** The body of a lent request. */
  bodyOf(request: Request): WireBody | undefined;
  /** A body of the other side. */
  readBody: ReadBodyOf;
}

/** A wire form. The given functions encode and decode what a value contains. */
interface Form<Value> {
  readonly is: (value: unknown) => value is Value;
  readonly encode: (value: Value, encode: (held: unknown) => Wire, handles: Handles) => { [key: string]: Wire };
  readonly decode: (wire: { [key: string]: Wire }, decode: (held: Wire) => unknown, handles: Handles) => unknown;
}

/** The forms of values that JSON can't express. The bridge's Python side knows the same names. */
export const FORMS: Readonly<Record<string, Form<any>>> = {
  event: form({
    is: (value) => value instanceof RoomEvent,
    encode: (event: RoomEvent) => ({
      dict: wireFormOf(event) as Wire,
      roomVersion: event.roomVersion,
      internalMetadata: event.internalMetadata as Wire,
      rejectedReason: event.rejectedReason ?? null,
    }),
    decode: ({ dict, roomVersion, internalMetadata, rejectedReason }) =>
      new RoomEvent(
        dict as unknown as RoomEventDict,
        new ParsedEventOptions(
          roomVersion as string,
          internalMetadata as InternalMetadata,
          rejectedReason as string | null,
        ),
      ),
  }),
  // A large one crosses in pieces: the rest was read and added to its entries before decoding.
  state: form({
    is: (value) => value instanceof StateMap,
    encode: (state: StateMap<unknown>, encode, handles) => {
      const pieces = new StatePieces(state, encode, handles.runtime.limits.statePieceLength);
      const { entries, rest } = pieces.next();
      return { entries, ...(rest && { rest: handles.keepState(pieces) }) };
    },
    decode: ({ entries, rest }, decode) => {
      if (rest !== undefined) throw new TypeError("the rest of a state wasn't read");
      return StateMap.lazily((entries as Wire[]).map(stateEntry), decode);
    },
  }),
  user: form({
    is: (value) => value instanceof ParsedUserId,
    encode: (id: ParsedUserId) => ({ text: id.toString() }),
    decode: ({ text }) => ParsedUserId.fromString(text as string),
  }),
  alias: form({
    is: (value) => value instanceof RoomAlias,
    encode: (alias: RoomAlias) => ({ text: alias.toString() }),
    decode: ({ text }) => RoomAlias.fromString(text as string),
  }),
  denial: form({
    is: (value) => value instanceof Denial,
    encode: ({ code, error, fields }: Denial, encode) => ({
      code,
      error: error ?? null,
      fields: encode(fields),
    }),
    decode: ({ code, error, fields }, decode) =>
      deny(code as Denial["code"], {
        ...(decode(fields!) as Record<string, unknown>),
        ...(error !== null && { error }),
      }),
  }),
  set: form({
    is: (value) => value instanceof Set,
    encode: (set: Set<unknown>, encode) => ({ items: Array.from(set, (item) => encode(item)) }),
    decode: ({ items }, decode) => new Set((items as Wire[]).map((item) => decode(item))),
  }),
  map: form({
    is: (value) => value instanceof Map,
    encode: (map: Map<unknown, unknown>, encode) => ({
      entries: Array.from(map, ([key, value]) => [encode(key), encode(value)]),
    }),
    decode: ({ entries }, decode) =>
      new Map((entries as [Wire, Wire][]).map(([key, value]) => [decode(key), decode(value)])),
  }),
  bytes: form({
    is: (value) => value instanceof Uint8Array,
    encode: (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString("base64") }),
    decode: ({ base64 }) => new Uint8Array(Buffer.from(base64 as string, "base64")),
  }),
  file: form({
    is: isReadableFile,
    encode: (file: ReadableFile, _, handles) => ({ path: file.path, id: handles.share(file) }),
    decode: ({ path, id }, _, handles) => handles.file(path as string, id as number),
  }),
  // A request that returns to its origin is found there again, with everything known about it.
  request: form({
    is: (value) => value instanceof Request,
    encode: (request: Request, _, handles) => ({
      ...(encodeRequest(request, handles.requestId(request) ?? null, handles.bodyOf(request) ?? null) as object),
    }),
    decode: (wire, _, handles) => {
      const { id } = wire;
      const lent = typeof id === "number" ? handles.lent(id) : undefined;
      if (lent) return lent;
      const request = decodeRequest(wire as unknown as WireRequest, handles.readBody);
      if (typeof id === "number") handles.remember(request, id);
      return request;
    },
  }),
  // What is available of its body is read before it crosses: see `serve-services.ts`.
  response: form({
    is: (value) => value instanceof Response,
    encode: () => {
      throw cannotLeave("a Response within a value");
    },
    decode: (wire, _, handles) => decodeResponse(wire as unknown as WireResponse, handles.readBody),
  }),
  // What a background update's slot receives when an iteration failed.
  error: form({
    is: (value) => value instanceof Error,
    encode: (error: Error) => {
      const { message, data } = encodeError(error);
      return { message, data: data as unknown as Wire };
    },
    decode: ({ message, data }) => decodeError({ code: 0, message: message as string, data }, "the other side"),
  }),
  callback: form({
    is: (value): value is (...args: unknown[]) => unknown => typeof value === "function",
    encode: (callback: (...args: unknown[]) => unknown, _, handles) => ({ id: handles.keep(callback) }),
    decode: ({ id }, _, handles) => handles.use(id as number),
  }),
  object: form({
    is: (value): value is object => isPlainObject(value) && Object.hasOwn(value, "$"),
    encode: (value: object, encode) => ({ value: encodeMembers(value, encode) }),
    decode: ({ value }, decode) => decodeMembers(value as { [key: string]: Wire }, decode),
  }),
};

function form<Value>(definition: Form<Value>): Form<Value> {
  return definition;
}

export function encodeMembers(value: object, encode: (member: unknown) => Wire): { [key: string]: Wire } {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, encode(member)]),
  );
}

export function decodeMembers(
  wire: { [key: string]: Wire },
  decode: (member: Wire) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(wire).map(([key, member]) => [key, decode(member)]));
}

function stateEntry(entry: Wire): [type: string, stateKey: string, value: Wire] {
  const [type, stateKey, value] = entry as Wire[];
  if (typeof type !== "string" || typeof stateKey !== "string" || value === undefined) {
    throw new TypeError("an entry of a state isn't a type, a state key and a value");
  }
  return [type, stateKey, value];
}

function isReadableFile(value: unknown): value is ReadableFile {
  const { path, writeChunksTo } = value as Partial<ReadableFile>;
  return typeof path === "string" && typeof writeChunksTo === "function";
}

/** The error for a value without a form. */
export function cannotLeave(found: string): LigandError {
  return new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${found} can't leave its process; expected plain data or a value of the Matrix types`,
  );
}
