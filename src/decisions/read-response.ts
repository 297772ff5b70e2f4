import { isSecretKey, redactText } from "../errors/secrets.js";
import { TOO_LARGE } from "../hooks/snapshot.js";
import { isPlainObject } from "../matrix/json.js";
import { CarriedMark } from "./carried-value.js";
import { SECRET, uncarried } from "./withheld.js";

/** So much of a body is kept, in bytes: a record has no room for more. */
const MOST_BYTES = 64 * 1024;
/** How a body is read as a whole. Not all versions of Node have all of them. */
const READERS = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"] as const;

type Readers = Record<(typeof READERS)[number], () => unknown>;

/** How deep members are looked at. */
const DEEPEST = 50;

const UNREAD = new CarriedMark(uncarried("a body that wasn't read to its end"));

/** A response that a callback received, and what it has read of its body. */
export class ReadResponse {
  readonly status: number;
  #chunks: readonly Uint8Array[] = [];
  #size = 0;
  #isRead = false;

  /** Undefined for what has no body that can be watched. */
  static of(value: unknown): ReadResponse | undefined {
    const isResponse = value instanceof Object && "status" in value && "bodyUsed" in value && "clone" in value;
    return isResponse ? new ReadResponse(value as Response) : undefined;
  }

  private constructor(response: Response) {
    this.status = response.status;
    if (response.body === null) this.#isRead = true;
    else if (!response.body.locked) this.#watch(response);
  }

  /** What is recorded of it: its body as it's read, and as values where it has secrets. */
  get recorded(): object {
    const { status } = this;
    const text = this.#text();
    if (typeof text !== "string") return { status, body: text };
    const json = jsonOf(text);
    const isSecret = redactText(text) !== text || hasSecret(json);
    return isSecret ? { status, body: SECRET_BODY, ...(json !== undefined && { json }) } : { status, body: text };
  }

  /** What it holds beside what is recorded of it: an error of a callback may quote that. */
  lacking(recorded: unknown): unknown {
    const text = this.#text();
    const isWhole = isPlainObject(recorded) && recorded["body"] === text;
    return typeof text !== "string" || isWhole ? undefined : [text, jsonOf(text)];
  }

  #text(): string | CarriedMark | typeof TOO_LARGE {
    if (!this.#isRead) return UNREAD;
    if (this.#size > MOST_BYTES) return TOO_LARGE;
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(this.#chunks));
      // `text()` leaves out the mark that it begins with.
      if (!text.startsWith("\uFEFF")) return text;
    } catch {
      // A file, say.
    }
    return new CarriedMark(uncarried(`${this.#size} bytes`));
  }

  /** Puts itself between a body and who reads it: nothing is read for the record alone. */
  #watch(response: Response): void {
    const { headers, clone } = response;
    let watched: Response | undefined;
    // A copy replaces the body of the response itself, so it's looked up when it's read.
    const body = () => Reflect.get(Object.getPrototypeOf(response) as object, "body", response) as ReadableStream;
    const read = () => (watched ??= new Response(this.#watched(body()), { headers }));
    for (const name of READERS) {
      if (name in response) own(response, name, { value: () => (read() as unknown as Readers)[name]() });
    }
    own(response, "body", { get: () => read().body });
    own(response, "bodyUsed", { get: () => watched?.bodyUsed ?? false });
    own(response, "clone", {
      value: () => {
        const copy = clone.call(response);
        this.#watch(copy);
        return copy;
      },
    });
  }

  #watched(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const watching = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        // Who reads it may change it.
        if (size <= MOST_BYTES) chunks.push(chunk.slice());
        size += chunk.length;
        controller.enqueue(chunk);
      },
      flush: () => {
        this.#isRead = true;
        this.#chunks = chunks;
        this.#size = size;
      },
    });
    return body.pipeThrough(watching as TransformStream<Uint8Array, Uint8Array>);
  }
}

const SECRET_BODY = new CarriedMark(SECRET);

function own(response: Response, name: string, how: PropertyDescriptor): void {
  Object.defineProperty(response, name, { ...how, configurable: true });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a member has the name of a secret. What is deeper than a record is may have one. */
function hasSecret(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth > DEEPEST) return true;
  return Object.entries(value).some(([name, member]) => isSecretKey(name) || hasSecret(member, depth + 1));
}
