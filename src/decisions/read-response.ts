import { isSecretKey, redactText } from "../errors/secrets.js";
import { TOO_LARGE } from "../dispatch/snapshot.js";
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
    const body = bodyOf(response);
    if (body === null) this.#isRead = true;
    else if (body instanceof ReadableStream && !body.locked) this.#watch(response);
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
    const read = () => (watched ??= new Response(this.#watched(bodyOf(response) as ReadableStream), { headers }));
    for (const name of READERS) {
      if (name in response) own(response, name, { value: () => (read() as unknown as Readers)[name]() });
    }
    own(response, "body", { get: () => read().body });
    own(response, "bodyUsed", { get: () => watched?.bodyUsed ?? false });
    own(response, "clone", {
      value: () => {
        if (watched) return copyOf(response, watched.clone().body);
        const copy = clone.call(response);
        this.#watch(copy);
        return copy;
      },
    });
  }

  /** A stream of bytes, as the body of a response is: it may be read into a buffer. */
  #watched(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    const chunks: Uint8Array[] = [];
    let size = 0;
    let isCancelled = false;
    const next = async () => {
      for (;;) {
        const { value } = await reader.read();
        // No more may be given on without any bytes.
        if (value?.length !== 0) return value;
      }
    };
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        const chunk = await next();
        if (isCancelled) return;
        if (chunk === undefined) {
          this.#isRead = true;
          this.#chunks = chunks;
          this.#size = size;
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        // As who reads it would say.
        if (!(chunk instanceof Uint8Array)) throw new TypeError("Received non-Uint8Array chunk");
        if (size <= MOST_BYTES) chunks.push(chunk);
        size += chunk.length;
        // A copy: the stream takes its memory, and who reads it may change it.
        controller.enqueue(new Uint8Array(chunk));
      },
      cancel: async (reason) => {
        isCancelled = true;
        await reader.cancel(reason);
      },
    });
  }
}

/** The body that a response was made with, whatever its own member is. */
function bodyOf(response: Response): unknown {
  return Reflect.get(Object.getPrototypeOf(response) as object, "body", response);
}

/** As `clone()` makes one, with a body of its own. */
function copyOf(response: Response, body: ReadableStream | null): Response {
  const copy = new Response(body, response);
  for (const name of ["url", "redirected", "type"] as const) own(copy, name, { value: response[name] });
  return copy;
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
