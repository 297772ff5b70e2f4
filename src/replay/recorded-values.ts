import type { DecisionRecord, Recorded } from "../decisions/decision-record.js";
import type { AnyHook } from "../hooks/hook.js";
import type { Parameter } from "../hooks/parameter.js";
import { ParsedUserId, RoomAlias } from "../matrix/identifiers.js";
import { copyJson, isPlainObject } from "../matrix/json.js";
import { StateMap } from "../matrix/state-map.js";
import { recordedEvent } from "./recorded-event.js";
import { recordedResponse } from "./recorded-response.js";
import { RecordedState, type StateFrame } from "./recorded-state.js";
import { revive, tripwire, type Trip } from "./revive.js";
import type { Scene } from "./scene.js";
import { isWhole, itemsOf, markOf, withheldArgument, withheldBy } from "./withheld.js";

/** Makes a value of a class of what was recorded of it. @param roomVersion of the room that it's about, where that's recorded */
type Revive = (recorded: Recorded, path: string, trip: Trip, roomVersion?: string) => unknown;

const listOfEvents: Revive = (recorded, path, trip) =>
  Array.isArray(recorded)
    ? recorded.map((item, index) => recordedEvent(item, `${path}.${index}`, trip))
    : plain(recorded, path, trip);

/** The parameters of hooks that are values of a class, by name. */
const PARAMETERS: Readonly<Record<string, Revive>> = {
  event: recordedEvent,
  delivery: withMember("events", listOfEvents),
  requester: withMember("user", parsed(ParsedUserId)),
  roomAlias: parsed(RoomAlias),
};

/** What methods of services answer that isn't plain data. */
const SERVICE_ANSWERS: Readonly<Record<string, Revive>> = {
  "Rooms.getRoomState": roomState,
  "Rooms.getStateEventsInRoom": listOfEvents,
  "Rooms.updateRoomMembership": recordedEvent,
  "Rooms.createAndSendEventIntoRoom": recordedEvent,
  "Auth.getUserByReq": PARAMETERS["requester"]!,
  "HttpClient.request": recordedResponse,
  // What matters is what the stream received.
  "HttpClient.getFile": uncarried,
  // A function without a result has put what it found somewhere else.
  "Database.runInteraction": (recorded, path, trip) =>
    markOf(recorded) === "undefined" ? uncarried(recorded, path, trip) : plain(recorded, path, trip),
};

/** The arguments that a hook was called with then. */
export function recordedArguments(hook: AnyHook, record: DecisionRecord, frame: StateFrame): unknown[] {
  return (hook.parameters as readonly Parameter[]).map((parameter, position) =>
    parameter.kind === "state"
      ? RecordedState.of(record, frame)
      : recordedArgument(parameter, position, record, frame.scene),
  );
}

/** One of them, a new value each time. */
export function recordedArgument(
  { name }: Parameter,
  position: number,
  { args, roomVersion = "11" }: DecisionRecord,
  { trip }: Scene,
): unknown {
  const path = `args.${position}`;
  const reason = withheldArgument(args, position);
  if (reason) return tripwire(reason, path, trip);
  return (PARAMETERS[name] ?? plain)(args[position]!, path, trip, roomVersion);
}

/** What a method of a service answered. @param method `Service.method` */
export function recordedAnswer(method: string, recorded: Recorded, trip: Trip): unknown {
  return (SERVICE_ANSWERS[method] ?? plain)(recorded, method, trip);
}

function plain(recorded: Recorded, path: string, trip: Trip): unknown {
  return revive(copyJson(recorded), path, trip);
}

function uncarried(_recorded: Recorded, path: string, trip: Trip): never {
  return trip("uncarried", path);
}

function parsed(Parsed: { fromString(text: string): unknown }): Revive {
  return (recorded, path, trip) =>
    typeof recorded === "string" ? Parsed.fromString(recorded) : plain(recorded, path, trip);
}

/** An object of which one member is a value of a class. */
function withMember(name: string, make: Revive): Revive {
  return (recorded, path, trip) => {
    const revived = plain(recorded, path, trip);
    const member = isPlainObject(recorded) ? (recorded[name] as Recorded | undefined) : undefined;
    if (member === undefined || withheldBy(member)) return revived;
    const value = make(member, `${path}.${name}`, trip);
    return Object.defineProperty(revived as object, name, { value, enumerable: true });
  };
}

function roomState(recorded: Recorded, path: string, trip: Trip): unknown {
  const entries = markOf(recorded) === "map" ? (itemsOf(recorded) as Recorded[][]) : undefined;
  const keys = entries?.map(([key]) => key as Recorded[]);
  // Without its keys, what is in it can't be known.
  if (!entries || !keys?.every((key) => isWhole(key))) return tripwire(withheldBy(recorded) ?? "hashed", path, trip);
  return new StateMap(
    entries.map(([, event], index) => {
      const [type, stateKey] = keys[index] as [string, string];
      return [type, stateKey, recordedEvent(event!, `${path}.${index}`, trip)] as const;
    }),
  );
}
