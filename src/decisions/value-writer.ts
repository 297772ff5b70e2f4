import { isSecretKey, redactText } from "../errors/secrets.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { EVENT_PRIVACY, type Privacy } from "../matrix/privacy.js";
import { RoomEvent, wireFormOf } from "../matrix/room-event.js";
import { StateMap } from "../matrix/state-map.js";
import type { Recorded } from "./decision-record.js";
import { jsonBytes, type RoomLeft } from "./room-left.js";
import { CUT, LEFT_OUT, SECRET, uncarried, UNDEFINED, type Withholding } from "./withheld.js";

/** How deep values are looked at; what lies deeper is cut. */
const DEEPEST = 50;
/** What a mark takes, in bytes. */
const MARK_BYTES = 20;

/** How a value is written: who may see it, and whether strings are searched for secrets, which those of modules may hold. */
interface How {
  readonly privacy: Privacy;
  readonly searched: boolean;
  readonly depth: number;
}

/** Writes values into a record, each as its class and the administrator's settings want it. */
export class ValueWriter {
  constructor(
    private readonly withholding: Withholding,
    readonly room: RoomLeft,
  ) {}

  /**
   * A value as it's recorded.
   *
   * @param isOfModule whether code of a module made it: then what has the form of a secret is left out
   */
  write(value: unknown, privacy: Privacy, isOfModule = true): Recorded {
    return this.#value(value, { privacy, searched: isOfModule, depth: 0 });
  }

  #value(value: unknown, how: How): Recorded {
    const { room } = this;
    const { bytes, cuts } = room;
    const before = cuts.length;
    let written: Recorded;
    try {
      written = how.depth > DEEPEST ? CUT : this.#readable(value, how);
    } catch {
      // A proxy or a getter of a module: what it does is no part of the record.
      written = uncarried("something that can't be read");
    }
    if (room.isUsedUp || written === CUT) {
      room.cut(bytes, before);
      room.take(MARK_BYTES);
      return CUT;
    }
    return written;
  }

  #readable(value: unknown, how: How): Recorded {
    const { privacy } = how;
    if (value === undefined) return this.#mark(UNDEFINED);
    if (value === null) return this.#scalar(null);
    if (privacy === "secret") return this.#mark(SECRET);
    if (typeof value === "function") return this.#mark(uncarried("a function"));
    if (value instanceof RoomEvent) return this.#members(wireFormOf(value), { ...how, privacy: EVENT_PRIVACY });
    if (privacy === "body" && !this.withholding.bodies) return this.#mark(LEFT_OUT);
    if (privacy === "personal" && this.withholding.personal === "none") return this.#mark(LEFT_OUT);
    if (privacy === "personal" && this.withholding.personal === "hashed") return this.#hashed(value, how);
    if (typeof value !== "object") {
      // A boolean says nothing by itself; what else stands for a whole record isn't declared.
      return typeof privacy === "object" && typeof value !== "boolean"
        ? this.#value(value, { ...how, privacy: "body", depth: how.depth + 1 })
        : this.#plain(value, how);
    }
    return this.#collection(value, how) ?? this.#foreign(value, how) ?? this.#members(value, how);
  }

  #plain(value: unknown, { privacy, searched }: How): Recorded {
    switch (typeof value) {
      case "string":
        return this.#scalar(searched || privacy === "body" ? redactText(value) : value);
      case "number":
        return Number.isFinite(value) ? this.#scalar(value) : this.#mark({ $: "number", of: String(value) });
      case "boolean":
        return this.#scalar(value);
      default:
        return this.#mark(uncarried(`a ${typeof value}`));
    }
  }

  #hashed(value: unknown, how: How): Recorded {
    // Neither says who someone is.
    if (typeof value === "boolean" || value === "") return this.#scalar(value);
    if (typeof value === "object" && value !== null) {
      const collection = this.#collection(value, how);
      if (collection !== undefined) return collection;
    }
    // The keys of an object may be users as well.
    const text = typeof value === "object" && isPlainObject(value) ? JSON.stringify(value) : String(value);
    return this.#mark({ $: "hashed", of: this.withholding.hash(text) });
  }

  #collection(value: object, how: How): Recorded | undefined {
    if (Array.isArray(value)) return this.#items(value, how);
    if (value instanceof Set) return this.#marked("set", this.#items([...value], how));
    if (value instanceof Map) return this.#entries([...(value as Map<unknown, unknown>)], how);
    if (value instanceof StateMap) {
      const entries = Array.from(value as StateMap<unknown>, ([type, key, one]) => [[type, key], one] as const);
      return this.#entries(entries, how, STATE_KEY);
    }
    return undefined;
  }

  /** Objects that have no members of their own to show. */
  #foreign(value: object, how: How): Recorded | undefined {
    if (value instanceof Response) {
      const { status } = value;
      return this.#members({ status, body: uncarried("the body of a response") }, { ...how, privacy: "public" });
    }
    if (value instanceof Error) return this.#mark(uncarried("an error"));
    if (ArrayBuffer.isView(value)) return this.#mark(uncarried(`${value.byteLength} bytes`));
    if (isPlainObject(value)) return undefined;
    // Such as a parsed id, a URL, a date.
    const { toString } = value as { toString?: unknown };
    if (typeof toString === "function" && toString !== Object.prototype.toString) {
      return this.#value(String(value), { ...how, depth: how.depth + 1 });
    }
    return OPAQUE.some((opaque) => value instanceof opaque)
      ? this.#mark(uncarried("an object of the platform"))
      : undefined;
  }

  #items(items: readonly unknown[], how: How): Recorded {
    const written: Recorded[] = [];
    for (const [index, item] of items.entries()) {
      written.push(this.room.at(index, () => this.#value(item, within(how, index))));
      this.room.take(1);
      if (this.room.isUsedUp) return CUT;
    }
    this.room.take(2);
    return written;
  }

  #entries(entries: readonly (readonly [unknown, unknown])[], how: How, key: Privacy = "personal"): Recorded {
    const written: Recorded[] = [];
    for (const [name, member] of entries) {
      const privacy = typeof how.privacy === "object" ? key : how.privacy;
      const pair = [
        this.#value(name, { ...how, privacy, depth: how.depth + 1 }),
        this.#value(member, within(how, String(name))),
      ];
      written.push(pair);
      this.room.take(4);
      if (this.room.isUsedUp) return CUT;
    }
    return this.#marked("map", written);
  }

  #members(value: object, how: How): Recorded {
    const written: JsonObject = {};
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      this.room.take(jsonBytes(name) + 2);
      if (this.room.isUsedUp) return CUT;
      const recorded =
        (how.searched || how.privacy === "body") && isSecretKey(name) && isScalar(member) && !isNamed(how.privacy, name)
          ? this.#mark(SECRET)
          : this.room.at(name, () => this.#value(member, within(how, name)));
      if (name !== "__proto__") written[name] = recorded;
      else Object.defineProperty(written, name, { value: recorded, enumerable: true });
    }
    this.room.take(2);
    return "$" in written ? this.#marked("object", written) : written;
  }

  #marked(mark: "set" | "map" | "object", of: Recorded): Recorded {
    return of === CUT ? CUT : this.#mark({ $: mark, of });
  }

  #mark(mark: Recorded): Recorded {
    this.room.take(MARK_BYTES);
    return mark;
  }

  #scalar<Value extends string | number | boolean | null>(value: Value): Value {
    this.room.take(typeof value === "string" ? jsonBytes(value) : String(value).length);
    return value;
  }
}

const STATE_KEY: Privacy = { 0: "public", 1: "personal" };
const OPAQUE = [Request, Headers, ReadableStream, Promise, WeakMap, WeakSet];

function within({ privacy, searched, depth }: How, member: string | number): How {
  return { privacy: privacyOf(privacy, member), searched, depth: depth + 1 };
}

/** The class of a member; what isn't named is what users wrote. */
function privacyOf(privacy: Privacy, member: string | number): Privacy {
  if (typeof privacy === "string") return privacy;
  return (Object.hasOwn(privacy, member) ? privacy[member] : privacy["*"]) ?? "body";
}

function isNamed(privacy: Privacy, member: string): boolean {
  return typeof privacy === "object" && Object.hasOwn(privacy, member);
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}
