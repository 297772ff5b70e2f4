import { isSecretKey, redactText } from "../errors/secrets.js";
import { isPlainObject, type JsonObject } from "../matrix/json.js";
import { TOO_LARGE, UNREADABLE } from "../dispatch/snapshot.js";
import { EVENT_PRIVACY, type Privacy } from "../matrix/privacy.js";
import { RoomEvent, wireFormOf } from "../matrix/room-event.js";
import { StateMap } from "../matrix/state-map.js";
import { CarriedMark } from "./carried-value.js";
import type { Recorded } from "./decision-record.js";
import { RoomLeft } from "./room-left.js";
import { CANT_BE_READ, CUT, FUNCTION, LEFT_OUT, SECRET, uncarried, UNDEFINED, type Withholding } from "./withheld.js";

/** How deep values are looked at; what lies deeper is cut. */
const DEEPEST = 50;
/** How many characters are written of a value that's only looked at. */
const ALONE = 64 * 1024;
/** What a mark takes, in characters. */
const MARK = 20;

/** Writes values into a record, each as its class and the administrator's settings want it. */
export class ValueWriter {
  #depth = 0;
  /** Whether code of a module made the value: then what has the form of a secret is left out. */
  #isOfModule = true;

  constructor(
    private readonly withholding: Withholding,
    readonly room: RoomLeft,
  ) {}

  /**
   * A value as it's recorded.
   *
   * @param isOfModule whether code of a module made it, and not the homeserver
   */
  write(value: unknown, privacy: Privacy, isOfModule = true): Recorded {
    this.#isOfModule = isOfModule;
    return this.#value(value, privacy);
  }

  /** Writes in the same way, and takes up no room of the record. */
  alone(): ValueWriter {
    return new ValueWriter(this.withholding, new RoomLeft(ALONE));
  }

  #value(value: unknown, privacy: Privacy): Recorded {
    if (typeof value === "string" && privacy === "public") return this.#text(value, false);
    const { room } = this;
    const { characters, cuts } = room;
    const before = cuts.length;
    let written: Recorded = CUT;
    if (this.#depth < DEEPEST && room.hasValue()) {
      this.#depth++;
      try {
        written = this.#readable(value, privacy);
      } catch {
        // A proxy or a getter of a module: what it does is no part of the record.
        written = CANT_BE_READ;
      }
      this.#depth--;
    }
    if (written !== CUT && room.characters >= 0) return written;
    room.cut(characters, before);
    room.take(MARK);
    return CUT;
  }

  #readable(value: unknown, privacy: Privacy): Recorded {
    if (value === undefined) return this.#mark(UNDEFINED);
    if (value === null) return this.#scalar(null);
    if (privacy === "secret") return this.#mark(SECRET);
    if (value === TOO_LARGE) return CUT;
    if (value === UNREADABLE) return this.#mark(CANT_BE_READ);
    if (typeof value === "function") return this.#mark(FUNCTION);
    const { personal, bodies } = this.withholding;
    if (value instanceof RoomEvent) return this.#members(wireFormOf(value), EVENT_PRIVACY);
    if (privacy === "body" && !bodies) return this.#mark(LEFT_OUT);
    if (privacy === "personal" && personal === "none") return this.#mark(LEFT_OUT);
    if (value instanceof CarriedMark) return this.#mark(value.mark);
    if (privacy === "personal" && personal === "hashed") return this.#hashed(value);
    if (typeof value === "object") {
      return this.#collection(value, privacy) ?? this.#foreign(value, privacy) ?? this.#members(value, privacy);
    }
    // A boolean says nothing by itself; what else stands for a whole record isn't declared.
    if (typeof privacy === "object" && typeof value !== "boolean") return this.#value(value, "body");
    return this.#plain(value, privacy === "body");
  }

  #plain(value: unknown, isBody: boolean): Recorded {
    switch (typeof value) {
      case "string":
        return this.#text(value, isBody);
      case "number":
        return Number.isFinite(value) ? this.#scalar(value) : this.#mark({ $: "number", of: String(value) });
      case "boolean":
        return this.#scalar(value);
      default:
        return this.#mark(uncarried(`a ${typeof value}`));
    }
  }

  #text(text: string, isBody: boolean): Recorded {
    const { room } = this;
    const { length } = text;
    if (length > room.characters) {
      room.cut(room.characters, room.cuts.length);
      room.take(MARK);
      return CUT;
    }
    room.take(length + 2);
    return isBody || this.#isOfModule ? redactText(text) : text;
  }

  #hashed(value: unknown): Recorded {
    // Neither says who someone is.
    if (typeof value === "boolean" || value === "") return this.#scalar(value);
    if (typeof value === "object" && value !== null) {
      const collection = this.#collection(value, "personal");
      if (collection !== undefined) return collection;
    }
    // The keys of an object may be users as well.
    const text = typeof value === "object" && isPlainObject(value) ? this.#whole(value) : String(value);
    this.room.take(45);
    return { $: "hashed", of: this.withholding.hash(text) };
  }

  #whole(value: object): string {
    const writer = new ValueWriter({ ...this.withholding, personal: "whole" }, new RoomLeft(ALONE));
    return JSON.stringify(writer.write(value, "public"));
  }

  #collection(value: object, privacy: Privacy): Recorded | undefined {
    if (Array.isArray(value)) return this.#items(value, privacy);
    if (value instanceof Set) return this.#marked("set", this.#items([...value], privacy));
    if (value instanceof Map) return this.#entries([...(value as Map<unknown, unknown>)], privacy, "personal");
    if (value instanceof StateMap) {
      const entries = Array.from(value as StateMap<unknown>, ([type, key, one]) => [[type, key], one] as const);
      return this.#entries(entries, privacy, STATE_KEY);
    }
    return undefined;
  }

  /** Objects that have no members of their own to show. */
  #foreign(value: object, privacy: Privacy): Recorded | undefined {
    if (isPlainObject(value)) return undefined;
    if (value instanceof Error) return this.#mark(uncarried("an error"));
    if (ArrayBuffer.isView(value)) return this.#mark(uncarried(`${value.byteLength} bytes`));
    // Such as a parsed id, a URL, a date.
    const { toString } = value as { toString?: unknown };
    if (typeof toString === "function" && toString !== Object.prototype.toString) {
      return this.#value(String(value), privacy);
    }
    return opaqueClasses().some((opaque) => value instanceof opaque)
      ? this.#mark(uncarried("an object of the platform"))
      : undefined;
  }

  #items(items: readonly unknown[], privacy: Privacy): Recorded {
    const { room } = this;
    const { cuts } = room;
    const written: Recorded[] = [];
    for (let index = 0; index < items.length; index++) {
      const before = cuts.length;
      written.push(this.#value(items[index], privacyOf(privacy, index)));
      if (cuts.length > before) room.below(index, before);
      room.take(1);
      if (room.characters < 0) return CUT;
    }
    room.take(2);
    return written;
  }

  #entries(entries: readonly (readonly [unknown, unknown])[], privacy: Privacy, key: Privacy): Recorded {
    const written: Recorded[] = [];
    for (const [name, member] of entries) {
      const pair = [
        this.#value(name, typeof privacy === "object" ? key : privacy),
        this.#value(member, privacyOf(privacy, String(name))),
      ];
      written.push(pair);
      this.room.take(4);
      if (this.room.characters < 0) return CUT;
    }
    return this.#marked("map", written);
  }

  #members(value: object, privacy: Privacy): Recorded {
    const { room } = this;
    const { cuts } = room;
    const isSearched = this.#isOfModule || privacy === "body";
    const written: JsonObject = {};
    for (const name of Object.keys(value)) {
      const member = (value as Record<string, unknown>)[name];
      if (member === undefined) continue;
      room.take(name.length + 4);
      if (room.characters < 0) return CUT;
      let recorded: Recorded;
      if (isSearched && isScalar(member) && isSecretKey(name) && !isNamed(privacy, name)) {
        recorded = this.#mark(SECRET);
      } else {
        const before = cuts.length;
        recorded = this.#value(member, privacyOf(privacy, name));
        if (cuts.length > before) room.below(name, before);
      }
      if (name !== "__proto__") written[name] = recorded;
      else Object.defineProperty(written, name, { value: recorded, enumerable: true });
    }
    room.take(2);
    return Object.hasOwn(written, "$") ? this.#marked("object", written) : written;
  }

  #marked(mark: "set" | "map" | "object", of: Recorded): Recorded {
    return of === CUT ? CUT : this.#mark({ $: mark, of });
  }

  #mark(mark: Recorded): Recorded {
    this.room.take(MARK);
    return mark;
  }

  #scalar<Value extends string | number | boolean | null>(value: Value): Value {
    this.room.take(8);
    return value;
  }
}

const STATE_KEY: Privacy = { 0: "public", 1: "personal" };

/** A function, since Node loads its `fetch` when one of the first two is named: that takes as long as importing Ligand. */
const opaqueClasses = () => [Request, Headers, ReadableStream, Promise, WeakMap, WeakSet];

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
