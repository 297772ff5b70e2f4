import { appendFileSync } from "node:fs";
import { inject, Module, ModuleConfig, ThirdPartyRules, type RoomEvent, type StateMap } from "#src/index.js";
import { RecordConfig } from "./bridged-modules.js";

type State = StateMap<RoomEvent>;

/** Writes down what callbacks saw of messages. */
abstract class Recording {
  constructor(private readonly config: RecordConfig) {}

  protected record(hook: string, event: RoomEvent, seen: object = {}): void {
    if (event.type !== "m.room.message") return;
    appendFileSync(this.config.file, `${JSON.stringify([hook, event.content["body"], seen])}\n`);
  }
}

/** Looks at events alone. */
@Module({ config: RecordConfig })
export class LooksAtEvents extends Recording {
  constructor(@inject(ModuleConfig) config: RecordConfig) {
    super(config);
  }

  @ThirdPartyRules.checkEventAllowed()
  check(event: RoomEvent) {
    this.record("LooksAtEvents.checkEventAllowed", event);
    return [true, null] as const;
  }

  @ThirdPartyRules.onNewEvent()
  notice(event: RoomEvent) {
    this.record("LooksAtEvents.onNewEvent", event);
  }
}

const DECLARED = {
  state: [
    ["m.room.power_levels", ""],
    ["m.room.member", "$sender"],
  ],
} as const;

/** Looks at power levels and at the membership of the sender. */
@Module({ config: RecordConfig })
export class LooksAtPower extends Recording {
  constructor(@inject(ModuleConfig) config: RecordConfig) {
    super(config);
  }

  @ThirdPartyRules.checkEventAllowed(DECLARED)
  check(event: RoomEvent, state: State) {
    this.record("LooksAtPower.checkEventAllowed", event, this.#seen(event, state));
    return [true, null] as const;
  }

  @ThirdPartyRules.onNewEvent(DECLARED)
  notice(event: RoomEvent, state: State) {
    this.record("LooksAtPower.onNewEvent", event, this.#seen(event, state));
  }

  #seen(event: RoomEvent, state: State) {
    const kick = state.get("m.room.power_levels")?.content["kick"];
    const membership = state.get("m.room.member", event.sender)?.content["membership"];
    return { kick, membership, size: state.size };
  }
}

/** Looks at everything. */
@Module({ config: RecordConfig })
export class LooksAtState extends Recording {
  constructor(@inject(ModuleConfig) config: RecordConfig) {
    super(config);
  }

  @ThirdPartyRules.checkEventAllowed()
  check(event: RoomEvent, state: State) {
    if (event.type === "m.room.message") this.record("LooksAtState.checkEventAllowed", event, seenOf(state));
    return [true, null] as const;
  }

  @ThirdPartyRules.onNewEvent()
  notice(event: RoomEvent, state: State) {
    if (event.type === "m.room.message") this.record("LooksAtState.onNewEvent", event, seenOf(state));
  }
}

/** Looks at everything, in shadow. */
@Module({ config: RecordConfig })
export class LooksInShadow extends Recording {
  constructor(@inject(ModuleConfig) config: RecordConfig) {
    super(config);
  }

  @ThirdPartyRules.checkEventAllowed()
  check(event: RoomEvent, state: State) {
    if (event.type === "m.room.message") this.record("LooksInShadow.checkEventAllowed", event, seenOf(state));
    return [false, null] as const;
  }
}

/** How much of the state of a large room there is, as `fill_room.py` makes it. */
function seenOf(state: State) {
  const members = state.ofType("m.room.member");
  const large = [...state.ofType("org.example.large").values()];
  return {
    members: members.size,
    joined: [...members.values()].filter(({ content }) => content["membership"] === "join").length,
    numbers: large.map(({ content }) => content["number"] as number).toSorted((one, other) => one - other),
    characters: large.reduce((sum, { content }) => sum + (content["body"] as string).length, 0),
  };
}
