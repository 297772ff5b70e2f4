import { expect } from "chai";
import { SAMPLED_HOOKS } from "./sampled-hooks.js";

const namesOf = (hooks: typeof SAMPLED_HOOKS) => hooks.map(({ name }) => name);

describe("the catalogue on calls that are lost, and on calls that are many", () => {
  it("exactly the hooks that notify of something once, hold something or take a secret that counts aren't asked again", () => {
    expect(namesOf(SAMPLED_HOOKS.filter(({ hook }) => hook.repeatable !== true))).to.deep.equal([
      "onCreateRoom",
      "onProfileUpdate",
      "onUserDeactivationStatusChanged",
      "onThreepidBind",
      "onAddUserThirdPartyIdentifier",
      "onRemoveUserThirdPartyIdentifier",
      "onUserRegistration",
      "onUserLogin",
      "onLegacySendMail",
      "onLegacyRenew",
      "onLegacyAdminRequest",
      "authChecker",
      "check3pidAuth",
      "onLoggedOut",
      "onUpdate",
      "onAccountDataUpdated",
      "onMediaUploadLimitExceeded",
      "onEventDeliveredOverFederation",
    ]);
  });

  it("a hook that may be asked again passes no live argument that a lost call may have changed", () => {
    const unsafe = SAMPLED_HOOKS.filter(({ hook }) => hook.repeatable && hook.parameters.some((one) => one.mutable));
    expect(namesOf(unsafe)).to.deep.equal([]);
  });

  it("exactly the hooks that are asked for each request, event or user that a client sees are frequent", () => {
    expect(namesOf(SAMPLED_HOOKS.filter(({ hook }) => hook.frequent))).to.deep.equal([
      "checkUsernameForSpam",
      "getUsersForStates",
      "getInterestedUsers",
      "isUserExpired",
      "addFieldToUnsigned",
      "getRatelimitOverrideForUser",
    ]);
  });

  it("the calls that belong together agree in a room, in who acts, or in nothing", () => {
    const keys = SAMPLED_HOOKS.map(({ name, hook }) => [name, hook.key ?? null]);
    expect(Object.fromEntries(keys)).to.deep.equal({
      checkEventForSpam: "event.roomId",
      shouldDropFederatedEvent: "event.roomId",
      userMayJoinRoom: "userId",
      userMayInvite: "inviter",
      federatedUserMayInvite: "event.sender",
      userMaySend3pidInvite: "inviter",
      userMayCreateRoom: "userId",
      userMayCreateRoomAlias: "userId",
      userMayPublishRoom: "userId",
      userMaySendStateEvent: "userId",
      checkUsernameForSpam: null,
      checkRegistrationForSpam: null,
      checkMediaFileForSpam: null,
      checkLoginForSpam: "userId",
      checkEventAllowed: "event.roomId",
      onCreateRoom: "requester.userId",
      checkThreepidCanBeInvited: null,
      checkVisibilityCanBeModified: "roomId",
      onNewEvent: "event.roomId",
      checkCanShutdownRoom: "roomId",
      checkCanDeactivateUser: "userId",
      onProfileUpdate: "userId",
      onUserDeactivationStatusChanged: "userId",
      onThreepidBind: "userId",
      onAddUserThirdPartyIdentifier: "userId",
      onRemoveUserThirdPartyIdentifier: "userId",
      getUsersForStates: null,
      getInterestedUsers: null,
      isUserExpired: "userId",
      onUserRegistration: "userId",
      onUserLogin: "userId",
      onLegacySendMail: "userId",
      onLegacyRenew: null,
      onLegacyAdminRequest: null,
      authChecker: "username",
      check3pidAuth: "address",
      onLoggedOut: "userId",
      getUsernameForRegistration: null,
      getDisplaynameForRegistration: null,
      is3pidAllowed: null,
      onUpdate: null,
      defaultBatchSize: null,
      minBatchSize: null,
      onAccountDataUpdated: "userId",
      addFieldToUnsigned: "event.roomId",
      getMediaConfigForUser: "userId",
      isUserAllowedToUploadMediaOfSize: "userId",
      getMediaUploadLimitsForUser: "userId",
      onMediaUploadLimitExceeded: "userId",
      getRatelimitOverrideForUser: "userId",
      onEventDeliveredOverFederation: null,
    });
  });

  for (const { category, name, hook, samples } of SAMPLED_HOOKS.filter((sampled) => sampled.hook.key !== undefined)) {
    it(`the key of ${category.name}.${name} is a string in its arguments`, () => {
      const [parameter, ...members] = hook.key!.split(".");
      const argument = (samples.args as readonly unknown[])[hook.parameters.findIndex((one) => one.name === parameter)];
      const key = members.reduce((value, member) => (value as Record<string, unknown>)[member], argument);
      expect(key).to.be.a("string");
    });
  }
});
