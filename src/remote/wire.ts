import { ResponseError } from "vscode-jsonrpc/node";
import type { BackgroundUpdateSlot } from "../catalogue/background-updates.js";
import { LigandError } from "../errors/ligand-error.js";
import { ParsedUserId, RoomAlias } from "../matrix/identifiers.js";
import { isPlainObject } from "../matrix/json.js";
import type { ReadableFile } from "../matrix/records.js";
import { RoomEvent, type RoomEventDict, type RoomEventOptions } from "../matrix/room-event.js";
import { StateMap } from "../matrix/state-map.js";
import { Denial, deny } from "../matrix/verdict.js";
import type { WireBody, WireError, WireRequest, WireResponse } from "./protocol.js";
import { decodeError, encodeError } from "./wire-errors.js";
import { decodeRequest, decodeResponse, encodeRequest, type ReadBodyOf } from "./wire-http.js";

/** A value as JSON carries it. An object with the key `$` stands for a value that JSON has no form for. */
export type Wire = string | number | boolean | null | Wire[] | { [key: string]: Wire };

/** What stays on the side that has it, and is used from the other by number. */
export interface Handles {
  /** Keeps a function for the other side. */
  keep(callback: (...args: unknown[]) => unknown): number;
  /** A function that calls one of the other side. */
  use(id: number): (...args: unknown[]) => Promise<unknown>;
  /** Lets the other side read a file. */
  share(file: ReadableFile): number;
  /** A file of the other side, read where it lies if it can be, else in chunks. */
  file(path: string, id: number): ReadableFile;
  /** The number of a request that came from the other side, or that was lent to it. */
  requestId(request: Request): number | undefined;
  /** The request that was lent to the other side by this number. */
  lent(id: number): Request | undefined;
  /** Remembers by which number the other side knows a request. */
  remember(request: Request, id: number): void;
  /** The body of a request that was lent. */
  bodyOf(request: Request): WireBody | undefined;
  /** A body of the other side. */
  readBody: ReadBodyOf;
}

interface Tag<Value> {
  readonly is: (value: unknown) => value is Value;
  readonly encode: (value: Value, handles: Handles) => { [key: string]: Wire };
  readonly decode: (wire: { [key: string]: Wire }, handles: Handles, depth: number) => unknown;
}

/** The forms of values that JSON has none for. Python's side of the bridge knows the same names. */
const TAGS: Readonly<Record<string, Tag<any>>> = {
  event: tag({
    is: (value) => value instanceof RoomEvent,
    encode: (event: RoomEvent) => ({
      dict: event.getDict() as unknown as Wire,
      roomVersion: event.roomVersion,
      internalMetadata: event.internalMetadata as Wire,
      rejectedReason: event.rejectedReason ?? null,
    }),
    decode: ({ dict, roomVersion, internalMetadata, rejectedReason }) =>
      new RoomEvent(
        dict as unknown as RoomEventDict,
        {
          roomVersion,
          internalMetadata,
          ...(rejectedReason !== null && { rejectedReason }),
        } as RoomEventOptions,
      ),
  }),
  state: tag({
    is: (value) => value instanceof StateMap,
    encode: (state: StateMap<unknown>, handles) => ({
      entries: Array.from(state, ([type, stateKey, value]) => [type, stateKey, encode(value, handles)]),
    }),
    decode: ({ entries }, handles, depth) =>
      new StateMap(
        (entries as [string, string, Wire][]).map(
          ([type, stateKey, value]) => [type, stateKey, decode(value, handles, depth + 1)] as const,
        ),
      ),
  }),
  user: tag({
    is: (value) => value instanceof ParsedUserId,
    encode: (id: ParsedUserId) => ({ text: id.toString() }),
    decode: ({ text }) => ParsedUserId.fromString(text as string),
  }),
  alias: tag({
    is: (value) => value instanceof RoomAlias,
    encode: (alias: RoomAlias) => ({ text: alias.toString() }),
    decode: ({ text }) => RoomAlias.fromString(text as string),
  }),
  denial: tag({
    is: (value) => value instanceof Denial,
    encode: ({ code, error, fields }: Denial, handles) => ({
      code,
      error: error ?? null,
      fields: encode(fields, handles),
    }),
    decode: ({ code, error, fields }, handles, depth) =>
      deny(code as Denial["code"], {
        ...(decode(fields!, handles, depth + 1) as Record<string, unknown>),
        ...(error !== null && { error }),
      }),
  }),
  set: tag({
    is: (value) => value instanceof Set,
    encode: (set: Set<unknown>, handles) => ({ items: Array.from(set, (item) => encode(item, handles)) }),
    decode: ({ items }, handles, depth) => new Set((items as Wire[]).map((item) => decode(item, handles, depth + 1))),
  }),
  map: tag({
    is: (value) => value instanceof Map,
    encode: (map: Map<unknown, unknown>, handles) => ({
      entries: Array.from(map, ([key, value]) => [encode(key, handles), encode(value, handles)]),
    }),
    decode: ({ entries }, handles, depth) =>
      new Map(
        (entries as [Wire, Wire][]).map(([key, value]) => [
          decode(key, handles, depth + 1),
          decode(value, handles, depth + 1),
        ]),
      ),
  }),
  bytes: tag({
    is: (value) => value instanceof Uint8Array,
    encode: (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString("base64") }),
    decode: ({ base64 }) => new Uint8Array(Buffer.from(base64 as string, "base64")),
  }),
  file: tag({
    is: isReadableFile,
    encode: (file: ReadableFile, handles) => ({ path: file.path, id: handles.share(file) }),
    decode: ({ path, id }, handles) => handles.file(path as string, id as number),
  }),
  // A request that goes back to where it came from is found again there, with all that is known of it.
  request: tag({
    is: (value) => value instanceof Request,
    encode: (request: Request, handles) => ({
      ...(encodeRequest(request, handles.requestId(request) ?? null, handles.bodyOf(request) ?? null) as object),
    }),
    decode: (wire, handles) => {
      const { id } = wire;
      const lent = typeof id === "number" ? handles.lent(id) : undefined;
      if (lent) return lent;
      const request = decodeRequest(wire as unknown as WireRequest, handles.readBody);
      if (typeof id === "number") handles.remember(request, id);
      return request;
    },
  }),
  // What there is of its body is read before it crosses: see `serve-services.ts`.
  response: tag({
    is: (value) => value instanceof Response,
    encode: () => {
      throw cannotLeave("a Response within a value");
    },
    decode: (wire, handles) => decodeResponse(wire as unknown as WireResponse, handles.readBody),
  }),
  // What a slot of a background update is told of an iteration that failed.
  error: tag({
    is: (value) => value instanceof Error,
    encode: (error: Error) => {
      const { message, data } = encodeError(error);
      return { message, data: data as unknown as Wire };
    },
    decode: ({ message, data }) =>
      decodeError(new ResponseError(0, message as string, data as unknown as WireError), "the other side"),
  }),
  callback: tag({
    is: (value): value is (...args: unknown[]) => unknown => typeof value === "function",
    encode: (callback: (...args: unknown[]) => unknown, handles) => ({ id: handles.keep(callback) }),
    decode: ({ id }, handles) => handles.use(id as number),
  }),
  object: tag({
    is: (value): value is object => isPlainObject(value) && Object.hasOwn(value, "$"),
    encode: (value: object, handles) => ({ value: encodeMembers(value, handles) }),
    decode: ({ value }, handles, depth) => decodeMembers(value as { [key: string]: Wire }, handles, depth),
  }),
};

function tag<Value>(definition: Tag<Value>): Tag<Value> {
  return definition;
}

/** How deeply a value that crosses may be nested. */
export const MAX_DEPTH = 1000;

/** @throws {LigandError} `LIGAND_ARGUMENT_INVALID` for a value that cannot leave its process. */
export function encode(value: unknown, handles: Handles): Wire {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && !Number.isFinite(value)) throw cannotLeave(`the number ${value}`);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((item) => encode(item, handles));
  for (const [name, { is, encode }] of Object.entries(TAGS)) {
    if (is(value)) return { $: name, ...encode(value, handles) };
  }
  if (isSlot(value))
    return { enter: encodeMethod(value, "enter", handles), exit: encodeMethod(value, "exit", handles) };
  if (isPlainObject(value)) return encodeMembers(value, handles);
  if (isIterable(value)) return Array.from(value, (item) => encode(item, handles));
  throw cannotLeave(`a ${value.constructor?.name ?? typeof value}`);
}

/** @throws {LigandError} `LIGAND_REMOTE_PROTOCOL` for a form that is not known, or not what its name says. */
export function decode(wire: Wire, handles: Handles, depth = 0): unknown {
  if (typeof wire !== "object" || wire === null) return wire;
  if (depth >= MAX_DEPTH) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value is nested more deeply than ${MAX_DEPTH} levels`);
  }
  if (Array.isArray(wire)) return wire.map((item) => decode(item, handles, depth + 1));
  if (!Object.hasOwn(wire, "$")) return decodeMembers(wire, handles, depth);
  const name = wire["$"]!;
  if (typeof name !== "string" || !Object.hasOwn(TAGS, name)) {
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value came in the unknown form ${JSON.stringify(name)}`);
  }
  try {
    return TAGS[name]!.decode(wire, handles, depth);
  } catch (error) {
    if (error instanceof LigandError && error.code === "LIGAND_REMOTE_PROTOCOL") throw error;
    throw new LigandError("LIGAND_REMOTE_PROTOCOL", `a value is not of the form "${name}"`, { cause: error });
  }
}

function encodeMembers(value: object, handles: Handles): { [key: string]: Wire } {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, encode(member, handles)]),
  );
}

/** A method belongs to its object, also where the other side calls it. */
function encodeMethod<Name extends string>(owner: Record<Name, unknown>, name: Name, handles: Handles): Wire {
  const method = owner[name] as (...args: unknown[]) => unknown;
  return encode((...args: unknown[]) => method.apply(owner, args), handles);
}

function decodeMembers(wire: { [key: string]: Wire }, handles: Handles, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(wire).map(([key, member]) => [key, decode(member, handles, depth + 1)]));
}

function isReadableFile(value: unknown): value is ReadableFile {
  const { path, writeChunksTo } = value as Partial<ReadableFile>;
  return typeof path === "string" && typeof writeChunksTo === "function";
}

/** A slot may be an object of any class. */
function isSlot(value: object): value is BackgroundUpdateSlot {
  const { enter, exit } = value as Partial<BackgroundUpdateSlot>;
  return typeof enter === "function" && typeof exit === "function";
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === "function";
}

function cannotLeave(found: string): LigandError {
  return new LigandError(
    "LIGAND_ARGUMENT_INVALID",
    `${found} cannot leave its process; expected plain data or a value of the Matrix types`,
  );
}
