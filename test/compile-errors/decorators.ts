// Compiled with the tests, never run: each `@ts-expect-error` fails the build when the compiler finds no error.
import { PasswordAuth, PresenceRouter, SpamChecker, ThirdPartyRules } from "#src/catalogue/index.js";
import type { HookContext } from "#src/hooks/context.js";
import type { UserId } from "#src/matrix/identifiers.js";
import type { UserPresenceState } from "#src/matrix/records.js";
import type { RoomEvent } from "#src/matrix/room-event.js";
import { deny, NOT_SPAM } from "#src/matrix/verdict.js";
import { Codes } from "#src/matrix/codes.js";
import { WebResource } from "#src/web/web-resource.js";

export class WellTyped {
  @SpamChecker.checkEventForSpam()
  verdict(event: RoomEvent) {
    return event.type === "x" ? deny(Codes.FORBIDDEN) : NOT_SPAM;
  }

  @SpamChecker.checkEventForSpam()
  async code(_event: RoomEvent, context: HookContext) {
    return context.origin === "local" ? Codes.LIMIT_EXCEEDED : NOT_SPAM;
  }

  @SpamChecker.userMayCreateRoom()
  fewerParameters(userId: string) {
    return userId === "" ? Codes.FORBIDDEN : NOT_SPAM;
  }

  @SpamChecker.checkEventForSpam()
  noParameters() {
    return NOT_SPAM;
  }

  @ThirdPartyRules.checkEventAllowed()
  allow(): [true, null] {
    return [true, null];
  }

  @PasswordAuth.authChecker("m.login.password", ["password"])
  check(username: string) {
    return [`@${username}:x`, null] as const;
  }
}

export class ReadOnlyAnswers {
  readonly #interested: ReadonlySet<UserId> = new Set();
  readonly #routes: ReadonlyMap<UserId, ReadonlySet<UserPresenceState>> = new Map();

  @PresenceRouter.getInterestedUsers()
  interested() {
    return this.#interested;
  }

  @PresenceRouter.getUsersForStates()
  routes() {
    return this.#routes;
  }

  @WebResource("/_synapse/client/page")
  page() {
    return new Response();
  }
}

export class IllTyped {
  // @ts-expect-error a path begins with a slash
  @WebResource("_synapse/client/page")
  page() {
    return new Response();
  }

  // @ts-expect-error a boolean is a deprecated answer
  @SpamChecker.checkEventForSpam()
  boolean() {
    return true;
  }

  // @ts-expect-error a plain text is a deprecated answer
  @SpamChecker.checkEventForSpam()
  text() {
    return "no spam here";
  }

  // @ts-expect-error a pair is a deprecated answer
  @SpamChecker.userMayJoinRoom()
  pair() {
    return [Codes.FORBIDDEN, {}] as const;
  }

  // @ts-expect-error the first argument is an event
  @SpamChecker.checkEventForSpam()
  wrongArgument(_event: number) {
    return NOT_SPAM;
  }

  // @ts-expect-error more parameters than the hook has
  @SpamChecker.checkEventForSpam()
  tooMany(_event: RoomEvent, _context: HookContext, _more: string) {
    return NOT_SPAM;
  }

  // @ts-expect-error a bare object is not an answer of this hook
  @ThirdPartyRules.checkEventAllowed()
  bare(event: RoomEvent) {
    return event.getDict();
  }

  // @ts-expect-error the login type and its fields are required
  @PasswordAuth.authChecker()
  check() {
    return null;
  }

  // @ts-expect-error a decorator of a hook is not for a property
  @SpamChecker.checkEventForSpam()
  property = 1;
}

export class NarrowedWell {
  @ThirdPartyRules.checkEventAllowed({
    state: [["m.room.power_levels", ""], ["m.room.member", "$sender"], "m.room.topic"],
  })
  allow(): [true, null] {
    return [true, null];
  }

  @ThirdPartyRules.onNewEvent({ types: ["m.room.member"], state: [] })
  notified(_event: RoomEvent) {}

  @ThirdPartyRules.checkVisibilityCanBeModified({ state: [["m.room.create"]] })
  visibility() {
    return true;
  }

  @SpamChecker.checkEventForSpam({ types: ["m.room.message"] })
  spam() {
    return NOT_SPAM;
  }
}

export class NarrowedIll {
  // @ts-expect-error a type is a string
  @ThirdPartyRules.onNewEvent({ types: [1] })
  numbers() {}

  // @ts-expect-error types are a list
  @ThirdPartyRules.onNewEvent({ types: "m.room.member" })
  oneType() {}

  // @ts-expect-error the option is called `types`
  @ThirdPartyRules.onNewEvent({ type: ["m.room.member"] })
  misspelt() {}

  // @ts-expect-error a state key is a string
  @ThirdPartyRules.onNewEvent({ state: [["m.room.member", null]] })
  nullKey() {}

  // @ts-expect-error a pair has two members
  @ThirdPartyRules.onNewEvent({ state: [["m.room.member", "@a:x", "@b:x"]] })
  threeMembers() {}

  // @ts-expect-error the hook has no state
  @SpamChecker.checkEventForSpam({ state: [] })
  noState() {
    return NOT_SPAM;
  }

  // @ts-expect-error the hook is about no event
  @ThirdPartyRules.checkVisibilityCanBeModified({ types: ["m.room.member"] })
  noEvent() {
    return true;
  }

  // @ts-expect-error the hook has neither
  @SpamChecker.userMayCreateRoom({ types: ["m.room.member"] })
  neither() {
    return NOT_SPAM;
  }
}
