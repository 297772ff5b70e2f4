import { Federation, Module, NOT_SPAM, SpamChecker, ThirdPartyRules } from "#src/index.js";
import type { HookContext, RoomEvent, SpamAnswer, StateMap } from "#src/index.js";
import { answer, ask } from "./switchboard.js";

/** As the switchboard, of the hooks that only a homeserver which federates asks. */
@Module()
export class FederationSwitchboard {
  @SpamChecker.checkEventForSpam()
  originOfEvent({ eventId }: RoomEvent, { origin }: HookContext) {
    return answer<SpamAnswer>("origin of event", NOT_SPAM, [eventId, origin]);
  }

  @ThirdPartyRules.onNewEvent()
  originOfNewEvent(...[{ eventId }, , { origin }]: [RoomEvent, StateMap<RoomEvent>, HookContext]) {
    return answer<void>("origin of new event", undefined, [eventId, origin]);
  }

  @SpamChecker.shouldDropFederatedEvent()
  shouldDropFederatedEvent(...args: unknown[]) {
    return ask("shouldDropFederatedEvent", false, args);
  }

  @SpamChecker.federatedUserMayInvite()
  federatedUserMayInvite(...args: unknown[]) {
    return ask<SpamAnswer>("federatedUserMayInvite", NOT_SPAM, args);
  }

  @Federation.onEventDeliveredOverFederation()
  onEventDeliveredOverFederation(...args: unknown[]) {
    return ask<void>("onEventDeliveredOverFederation", undefined, args);
  }
}
