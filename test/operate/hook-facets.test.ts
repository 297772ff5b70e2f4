import { expect } from "chai";
import { facetReader } from "#src/config/operate/facets.js";
import { passesErrors } from "#src/operate/possible.js";
import { shadowing } from "#src/operate/shadowable.js";
import { SAMPLED_HOOKS } from "../catalogue/sampled-hooks.js";

/**
 * What each hook is about (R room, U user who acts, T type, S that user's server), whether it's called in shadow (y, n,
 * or only when it's named), and whether an error of a callback is the request's.
 */
const HOOKS = `
checkEventForSpam RUTS y error
shouldDropFederatedEvent RUTS y error
userMayJoinRoom RUS y error
userMayInvite RUS y error
federatedUserMayInvite RUTS y error
userMaySend3pidInvite RUS y error
userMayCreateRoom US y error
userMayCreateRoomAlias US y error
userMayPublishRoom RUS y error
userMaySendStateEvent RUTS y error
checkUsernameForSpam US y error
checkRegistrationForSpam - y error
checkMediaFileForSpam - y error
checkLoginForSpam US y error
checkEventAllowed RUTS y error
onCreateRoom US y error
checkThreepidCanBeInvited - y skip
checkVisibilityCanBeModified R y skip
onNewEvent RUTS y skip
checkCanShutdownRoom RUS y skip
checkCanDeactivateUser US y skip
onProfileUpdate US y skip
onUserDeactivationStatusChanged US y skip
onThreepidBind US y skip
onAddUserThirdPartyIdentifier US y skip
onRemoveUserThirdPartyIdentifier US y skip
getUsersForStates - y skip
getInterestedUsers - y skip
isUserExpired US y error
onUserRegistration US y error
onUserLogin US y error
onLegacySendMail US n error
onLegacyRenew - n error
onLegacyAdminRequest - n error
authChecker - named skip
check3pidAuth - named skip
onLoggedOut US named skip
getUsernameForRegistration - named error
getDisplaynameForRegistration - named error
is3pidAllowed - y error
onUpdate - n error
defaultBatchSize - n error
minBatchSize - n error
onAccountDataUpdated RUTS y skip
addFieldToUnsigned RUTS y error
getMediaConfigForUser US y error
isUserAllowedToUploadMediaOfSize US y error
getMediaUploadLimitsForUser US y error
onMediaUploadLimitExceeded US y error
getRatelimitOverrideForUser US y error
onEventDeliveredOverFederation - y skip`;

const SHADOW = { called: "y", named: "named", "not called": "n" };

describe("what an administrator can want of each hook", () => {
  const lines = HOOKS.trim().split("\n");

  it("the hooks of the table are all hooks", () => {
    expect(lines.map((line) => line.split(" ")[0])).to.deep.equal(SAMPLED_HOOKS.map(({ name }) => name));
  });

  for (const [index, line] of lines.entries()) {
    const [name, facets, shadow, failure] = line.split(" ");
    it(`${name} is about ${facets}, in shadow: ${shadow}, on an error: ${failure}`, () => {
      const { category, hook } = SAMPLED_HOOKS[index]!;
      const keys = { R: "room", U: "sender", T: "type", S: "server" } as const;
      const about = Object.entries(keys).flatMap(([letter, key]) => (facetReader(hook, key) ? [letter] : []));
      expect([
        about.join("") || "-",
        SHADOW[shadowing(hook, `${category.name}.${name}`)],
        passesErrors(hook) ? "error" : "skip",
      ]).to.deep.equal([facets, shadow, failure]);
    });
  }
});
