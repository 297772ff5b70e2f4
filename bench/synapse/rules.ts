import { Module, ThirdPartyRules, type RoomEvent, type StateMap } from "#src/index.js";

type State = StateMap<RoomEvent>;

/** Looks at events alone. */
@Module()
export class LooksAtEvents {
  @ThirdPartyRules.checkEventAllowed()
  check(event: RoomEvent) {
    return [event.content["body"] !== "spam", null] as const;
  }

  @ThirdPartyRules.onNewEvent()
  notice(event: RoomEvent) {
    return void event.content["body"];
  }
}

const DECLARED = {
  state: [
    ["m.room.power_levels", ""],
    ["m.room.member", "$sender"],
  ],
} as const;

/** Looks at power levels and at the membership of the sender. */
@Module()
export class LooksAtPower {
  @ThirdPartyRules.checkEventAllowed(DECLARED)
  check(event: RoomEvent, state: State) {
    return [mayBan(event, state), null] as const;
  }

  @ThirdPartyRules.onNewEvent(DECLARED)
  notice(event: RoomEvent, state: State) {
    return void mayBan(event, state);
  }
}

/** Does the same, and declares nothing. */
@Module()
export class LooksAtState {
  @ThirdPartyRules.checkEventAllowed()
  check(event: RoomEvent, state: State) {
    return [mayBan(event, state), null] as const;
  }

  @ThirdPartyRules.onNewEvent()
  notice(event: RoomEvent, state: State) {
    return void mayBan(event, state);
  }
}

function mayBan(event: RoomEvent, state: State): boolean {
  const ban = state.get("m.room.power_levels")?.content["ban"];
  const membership = state.get("m.room.member", event.sender)?.content["membership"];
  return membership === "join" && typeof ban === "number";
}
