import type { DecisionRecord, ReadRecord, Recorded } from "../decisions/decision-record.js";
import type { RoomEvent } from "../matrix/room-event.js";
import { StateMap } from "../matrix/state-map.js";
import type { StateSelection } from "../matrix/state-selection.js";
import { whyNone, type RecordComparer } from "./compare-recorded.js";
import { recordedEvent } from "./recorded-event.js";
import type { Scene } from "./scene.js";
import { itemsOf, markOf, withheldBy } from "./withheld.js";

/** What a state needs to be read in a replay. */
export interface StateFrame {
  readonly scene: Scene;
  readonly comparer: () => RecordComparer;
}

/** The state of a room as far as it was read: for all callbacks of a decision it's the same. What wasn't read is unknown. */
export class RecordedState extends StateMap<RoomEvent> {
  readonly #frame: StateFrame;
  readonly #reads: readonly ReadRecord[];
  /** Refuses what the callback's decorator doesn't declare. */
  readonly #declared: StateMap<RoomEvent>;

  constructor(frame: StateFrame, reads: readonly ReadRecord[], declared: StateMap<RoomEvent> = new StateMap()) {
    super();
    this.#frame = frame;
    this.#reads = reads;
    this.#declared = declared;
  }

  /** The state that a decision was about. */
  static of({ callbacks }: DecisionRecord, frame: StateFrame): RecordedState {
    const reads = callbacks.flatMap((callback) => callback.reads ?? []);
    return new RecordedState(
      frame,
      reads.filter(({ service }) => service === "state"),
    );
  }

  override get size(): number {
    return this.#all().length;
  }

  override get(type: string, stateKey = ""): RoomEvent | undefined {
    this.#declared.has(type, stateKey);
    const answer = this.#answer([type, stateKey]);
    return markOf(answer) === "undefined" ? undefined : this.#event(answer, [type, stateKey]);
  }

  override has(type: string, stateKey = ""): boolean {
    return this.get(type, stateKey) !== undefined;
  }

  override ofType(type: string): ReadonlyMap<string, RoomEvent> {
    this.#declared.ofType(type);
    return new Map(this.#entries([type]).map(([stateKey, event]) => [this.#known(stateKey, [type]), event] as const));
  }

  override only(selection: StateSelection): StateMap<RoomEvent> {
    return new RecordedState(this.#frame, this.#reads, super.only(selection));
  }

  override *[Symbol.iterator](): Iterator<[type: string, stateKey: string, value: RoomEvent]> {
    for (const [key, event] of this.#all()) {
      const [type, stateKey] = key as Recorded[];
      yield [this.#known(type!, []), this.#known(stateKey!, []), event];
    }
  }

  #all(): readonly (readonly [key: Recorded, event: RoomEvent])[] {
    return this.#entries([]);
  }

  #entries(args: readonly string[]): readonly (readonly [key: Recorded, event: RoomEvent])[] {
    const entries = itemsOf(this.#answer(args)) as [Recorded, Recorded][];
    return entries.map(([key, event], index) => [key, this.#event(event, [...args, String(index)])] as const);
  }

  #event(recorded: Recorded, path: readonly string[]): RoomEvent {
    return recordedEvent(recorded, pathOf(path), this.#frame.scene.trip);
  }

  #known(key: Recorded, args: readonly string[]): string {
    const reason = withheldBy(key);
    return reason ? this.#frame.scene.trip(reason, pathOf(args)) : (key as string);
  }

  #answer(args: readonly string[]): Recorded {
    const { scene, comparer } = this.#frame;
    const comparisons = this.#reads.map((read) => comparer().compare([...read.args], [...args]));
    const read = this.#reads[comparisons.indexOf("same")];
    if (read?.answer === undefined) throw scene.note({ reason: whyNone(comparisons), path: pathOf(args) });
    const reason = withheldBy(read.answer);
    return reason ? scene.trip(reason, pathOf(args)) : read.answer;
  }
}

function pathOf(args: readonly string[]): string {
  return `state(${args.map((arg) => JSON.stringify(arg)).join(", ")})`;
}
